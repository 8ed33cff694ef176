"""The limits that a run and its report both go by, each of them written here alone."""

# The canary's threshold where none was measured on the machine. Below this share of what k cores
# can do the machine was busy with something else. Told apart on a 2-core virtual machine: 0.88 to
# 0.93 when quiet, at most 0.57 when not.
CANARY = 0.85
# Of all CPUs' time, taken by the host for other guests: above it a round was not ours.
STEAL = 0.02
# Below six blocks no interval that assumes nothing about the distribution reaches 95 %
# (2 / 2**5 = 6.25 %), so nothing could stand beside the t interval and contradict it.
MIN_BLOCKS = 6
