/* An extension without Py_mod_gil: a free-threaded interpreter turns its GIL on to import it. */
#include <Python.h>

static PyObject *square(PyObject *self, PyObject *arg) {
    long value = PyLong_AsLong(arg);
    if (value == -1 && PyErr_Occurred())
        return NULL;
    return PyLong_FromLong(value * value);
}

static PyMethodDef methods[] = {{"square", square, METH_O, "Square."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "needs_gil", NULL, -1, methods};

PyMODINIT_FUNC PyInit_needs_gil(void) { return PyModule_Create(&module); }
