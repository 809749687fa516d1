// The table: built once a row, then only put in another order. One cell at a time can be reached by Tab, the
// others by the arrow keys.

const FIRST_ROWS = 40; // before the first paint; the others follow at once
const ROWS_AT_ONCE = 250;
const WIDEST = 34;

class Grid {
  // `open` shows a cell, `enter` moves into what it shows
  constructor(root, open, enter) {
    this.open = open;
    this.enter = enter;
    this.sort = { column: -1, down: false };
    this.at = { row: 0, column: 0 };
    this.body = el("tbody");
    this.head = el("tr");
    this.columns = el("colgroup");
    this.table = el("table", { class: "grid", role: "grid", "aria-label": "Table" }, this.columns, el("thead", {}, this.head), this.body);
    this.none = el("p", { class: "none", hidden: true }, "No row fits the filter.");
    root.append(this.table, this.none);
    this.body.addEventListener("click", (event) => this.click(event));
    this.table.addEventListener("keydown", (event) => this.key(event));
    this.body.addEventListener("focusin", (event) => this.reach(event.target));
  }

  set(data) {
    const focused = this.body.contains(document.activeElement);
    this.data = data;
    this.made = [];
    this.lead = Math.max(0, data.columns.findIndex((column) => column.key));
    this.buttons = data.columns.map((column, place) => this.header(column, place));
    this.head.replaceChildren(...this.buttons.map((entry) => entry.cell));
    this.setWidths();
    if (this.sort.column >= data.columns.length) this.sort = { column: -1, down: false };
    this.at.row = Math.min(this.at.row, Math.max(0, data.rows.length - 1));
    this.at.column = Math.min(this.at.column, data.columns.length - 1);
    this.arrange(this.fits || (() => true));
    if (focused) this.focus(this.at.row, this.at.column);
  }

  header(column, place) {
    const button = el("button", { type: "button", on: { click: () => this.sortBy(place) } }, column.name || `column ${place + 1}`);
    const kind = [column.number ? "number" : "", place === this.lead ? "lead" : ""].join(" ").trim();
    return { button, cell: el("th", { scope: "col", class: kind }, button) };
  }

  // From the texts, so that no later row moves a column: the length that nine cells of ten keep to.
  setWidths() {
    const narrow = matchMedia("(max-width: 40rem)").matches;
    this.columns.replaceChildren(
      ...this.data.columns.map((column, place) => {
        const sizes = this.data.rows.map((row) => row[place].v.length).sort((a, b) => a - b);
        const usual = sizes.length ? sizes[Math.floor(0.9 * (sizes.length - 1))] : 0;
        const wide = Math.min(Math.max(usual + 5, column.name.length * 0.7 + 4, 9), narrow ? 18 : WIDEST);
        const col = el("col");
        col.style.width = `${wide}ch`;
        return col;
      })
    );
    const total = [...this.columns.children].reduce((sum, col) => sum + parseFloat(col.style.width), 0);
    this.table.style.width = `${total}ch`;
  }

  sortBy(column) {
    if (this.sort.column !== column) this.sort = { column, down: false };
    else this.sort = this.sort.down ? { column: -1, down: false } : { column, down: true };
    this.arrange(this.fits);
  }

  // Put the rows that fit in order. `fits` is asked of each row's cells.
  arrange(fits) {
    this.fits = fits;
    const rows = this.data.rows;
    this.order = rows.map((_, place) => place).filter((place) => fits(rows[place], place));
    const { column, down } = this.sort;
    if (column >= 0) {
      const sign = down ? -1 : 1;
      const empty = (place) => (rows[place][column].v ? 0 : 1);
      this.order.sort((a, b) => empty(a) - empty(b) || sign * compare(rows[a][column], rows[b][column]) || a - b);
    }
    this.buttons.forEach(({ cell }, place) => {
      if (place === column) cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.table.setAttribute("aria-rowcount", String(rows.length + 1));
    this.none.hidden = this.order.length > 0 || rows.length === 0;
    this.fill();
  }

  fill() {
    const job = (this.job = {});
    let done = Math.min(FIRST_ROWS, this.order.length);
    this.body.replaceChildren(...this.order.slice(0, done).map((place) => this.row(place)));
    const more = () => {
      if (this.job !== job || done >= this.order.length) return;
      this.body.append(...this.order.slice(done, done + ROWS_AT_ONCE).map((place) => this.row(place)));
      done += ROWS_AT_ONCE;
      setTimeout(more);
    };
    afterPaint(more);
    if (!this.order.includes(this.at.row) && this.order.length) this.at.row = this.order[0];
    this.mark();
  }

  row(place) {
    if (!this.made[place]) {
      const cells = this.data.rows[place].map((cell, at) => this.cell(cell, at));
      this.made[place] = el("tr", { "aria-rowindex": String(place + 2) }, ...cells);
      this.made[place].place = place;
    }
    return this.made[place];
  }

  cell(cell, at) {
    const column = this.data.columns[at];
    const lead = at === this.lead;
    const kind = `s-${cell.s} g-${cell.s}${column.number ? " number" : ""}${lead ? " lead" : ""}`;
    return el(lead ? "th" : "td", { class: kind, tabindex: "-1", scope: lead ? "row" : null }, cell.v);
  }

  element(row, column) {
    const made = this.made[row];
    return made && made.children[column];
  }

  mark() {
    if (this.marked) this.marked.tabIndex = -1;
    this.marked = this.data.rows.length ? this.element(this.at.row, this.at.column) : null;
    if (this.marked) this.marked.tabIndex = 0;
  }

  reach(target) {
    const cell = target.closest("td, th");
    this.at = { row: cell.parentElement.place, column: [...cell.parentElement.children].indexOf(cell) };
    this.mark();
    if (this.shown) this.show();
  }

  show() {
    if (this.shown && this.shown !== true) this.shown.classList.remove("at");
    this.shown = this.element(this.at.row, this.at.column) || true;
    if (this.shown !== true) this.shown.classList.add("at");
    this.open(this.at.row, this.at.column);
  }

  closed() {
    if (this.shown && this.shown !== true) this.shown.classList.remove("at");
    this.shown = null;
  }

  focus(row, column) {
    this.row(row);
    this.at = { row, column };
    this.mark();
    if (this.marked) this.marked.focus();
  }

  click(event) {
    const cell = event.target.closest("td, th");
    if (!cell || String(getSelection())) return;
    cell.focus();
    this.show();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || !this.body.contains(event.target)) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.show();
      this.enter();
      return;
    }
    const place = this.order.indexOf(this.at.row);
    const last = this.data.columns.length - 1;
    const steps = {
      ArrowDown: [place + 1, this.at.column], ArrowUp: [place - 1, this.at.column],
      ArrowLeft: [place, this.at.column - 1], ArrowRight: [place, this.at.column + 1],
      PageDown: [place + 10, this.at.column], PageUp: [place - 10, this.at.column],
      Home: [place, 0], End: [place, last],
    };
    if (!steps[event.key]) return;
    event.preventDefault();
    const [row, column] = steps[event.key];
    const within = (number, most) => Math.min(Math.max(number, 0), most);
    this.focus(this.order[within(row, this.order.length - 1)], within(column, last));
  }
}

const WORDS = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

// Numbers before words; dates as the program read them.
function compare(a, b) {
  if (a.n !== undefined && b.n !== undefined) return a.n - b.n;
  return (a.n === undefined) - (b.n === undefined) || WORDS.compare(a.k || a.v, b.k || b.v);
}
