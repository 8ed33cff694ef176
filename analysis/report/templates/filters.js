// Hides the rows that do not fit the chosen names; the choice is kept in the address.
(() => {
  const names = ["workload", "model", "target", "machine"];
  const form = document.getElementById("filters");
  const status = document.getElementById("filtered");
  const rows = [...document.querySelectorAll(names.map((name) => `[data-${name}]`).join())];
  const counted = rows.filter((row) => row.matches("tr, li"));

  // A row that says nothing of a name is about all of them; several are divided by new lines.
  const fits = (row, name) => {
    const wanted = form.elements[name].value;
    return !wanted || !(name in row.dataset) || row.dataset[name].split("\n").includes(wanted);
  };

  const show = () => {
    for (const row of rows) row.hidden = !names.every((name) => fits(row, name));
    for (const group of document.querySelectorAll("[data-group]")) {
      const own = [...group.querySelectorAll("[data-target], [data-workload]")];
      group.hidden = own.length > 0 && own.every((row) => row.hidden);
    }
    const shown = counted.filter((row) => !row.closest("[hidden]")).length;
    status.textContent = `${shown} of ${counted.length} rows and answers shown`;
  };

  const remember = () => {
    const address = new URL(location.href);
    for (const name of names) {
      const value = form.elements[name].value;
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
  };

  const asked = new URLSearchParams(location.search);
  for (const name of names) {
    const field = form.elements[name];
    const value = asked.get(name) ?? "";
    field.value = [...field.options].some((option) => option.value === value) ? value : "";
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", () => { show(); remember(); });
  form.addEventListener("reset", () => setTimeout(() => { show(); remember(); }));
  show();
})();
