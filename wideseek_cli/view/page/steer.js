// The box that tells a running run something. What it did with it comes back with the other news.

class SteerBox {
  constructor(root, address) {
    this.address = address;
    this.input = el("input", { id: "steer", type: "text", maxlength: "1000", autocomplete: "off", "aria-label": "Tell the run something", "aria-describedby": "steer-hint", placeholder: "also give the founder" });
    this.button = el("button", { type: "submit" }, "Tell the run");
    this.said = el("span", { class: "told", role: "status" });
    const hint = el("span", { class: "quiet", id: "steer-hint" }, "Or: drop row X; use only example.org; at most 20 searches; stop searching, write the table");
    this.form = el("form", { class: "steer", hidden: true, on: { submit: (event) => this.send(event) } }, this.input, this.button, this.said, hint);
    root.append(this.form);
  }

  set(running) {
    this.form.hidden = !running || !this.address;
  }

  async send(event) {
    event.preventDefault();
    const message = this.input.value.trim();
    if (!message || this.button.disabled) return;
    this.button.disabled = true;
    this.said.textContent = "";
    try {
      const body = JSON.stringify({ message });
      const answer = await fetch(this.address, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      const text = await answer.text();
      this.said.textContent = answer.ok ? JSON.parse(text).done : text.replace(/^\d+ /, "").trim();
      if (answer.ok) this.input.value = "";
    } catch {
      this.said.textContent = "Not connected. Does wideseek view still run?";
    }
    this.button.disabled = false;
  }
}
