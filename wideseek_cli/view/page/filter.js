// What of a table is shown: by words, and by the states of cells. The states also say what the table is worth.

class Filter {
  constructor(root, worth, states, changed) {
    this.states = states;
    this.worth = worth;
    this.wanted = new Set();
    this.changed = changed;
    this.input = el("input", { type: "search", id: "filter", placeholder: "Filter rows", "aria-label": "Filter rows", autocomplete: "off", spellcheck: "false" });
    this.input.addEventListener("input", () => changed());
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.input.value) return;
      event.stopPropagation();
      this.input.value = "";
      changed();
    });
    this.chips = el("div", { class: "chips", role: "group", "aria-label": "Rows with cells that are" });
    this.shown = el("span", { class: "shown", role: "status" });
    root.append(this.input, this.chips, this.shown, el("span", { class: "spacer" }));
  }

  set(data) {
    this.data = data;
    this.texts = null;
    const counted = this.states.map((state) => ({ ...state, number: data.summary[state.name] || 0 }));
    const there = counted.filter((state) => state.number);
    for (const name of this.wanted) if (!there.some((state) => state.name === name)) this.wanted.delete(name);
    this.chips.replaceChildren(...there.map((state) => this.chip(state)));
    const share = there.map((state) => {
      const part = el("span", { class: `s-${state.name}` });
      part.style.flexGrow = String(state.number);
      return part;
    });
    const sizes = [count(data.summary.rows, "row"), count(data.summary.columns, "column"), count(data.summary.cells, "cell"), data.stage].filter(Boolean).join(", ");
    this.worth.replaceChildren(
      ...(share.length ? [el("div", { class: "share", "aria-hidden": "true" }, ...share)] : []),
      el("p", { class: "quiet" }, sizes)
    );
  }

  chip(state) {
    const pressed = this.wanted.has(state.name);
    const button = el(
      "button",
      { type: "button", class: `chip s-${state.name}`, "aria-pressed": String(pressed), title: state.means },
      state.name,
      el("b", {}, state.number.toLocaleString("en"))
    );
    button.addEventListener("click", () => {
      if (!this.wanted.delete(state.name)) this.wanted.add(state.name);
      button.setAttribute("aria-pressed", String(this.wanted.has(state.name)));
      this.changed();
    });
    return button;
  }

  // Whether a row is shown: every word in it somewhere, and a cell in one of the states.
  fits() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const wanted = this.wanted;
    if (!words.length && !wanted.size) return () => true;
    if (words.length && !this.texts) this.texts = this.data.rows.map((row) => row.map((cell) => cell.v).join("\n").toLowerCase());
    return (row, place) =>
      (!wanted.size || row.some((cell) => wanted.has(cell.s))) && words.every((word) => this.texts[place].includes(word));
  }

  told(shown) {
    const all = this.data.rows.length;
    this.shown.textContent = shown === all ? "" : `${shown.toLocaleString("en")} of ${count(all, "row")}`;
  }
}
