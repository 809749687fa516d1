// The box that tells a running run something, or to stop. What it did with it comes back with the other news.

class SteerBox {
  constructor(root, address) {
    this.address = address;
    this.input = el("input", { id: "steer", type: "text", maxlength: "1000", autocomplete: "off", "aria-label": "Tell the run something", "aria-describedby": "steer-hint", placeholder: "also give the founder" });
    const tell = el("button", { type: "submit" }, "Tell the run");
    const stop = el("button", { type: "button", title: "Stop cleanly and keep what it has", on: { click: () => this.send("stop", "stop") } }, "Stop");
    this.said = el("span", { class: "told quiet", role: "status" });
    const hint = el("span", { class: "quiet", id: "steer-hint" }, "Or: drop row X; use only example.org; at most 20 searches; stop searching, write the table");
    this.form = el("form", { class: "steer", hidden: true, on: { submit: (event) => this.tell(event) } }, this.input, tell, stop, hint, this.said);
    this.heard = 0;
    root.append(this.form);
  }

  set(head) {
    this.form.hidden = !head.running || !this.address;
    if (head.steered.length > this.heard) this.said.textContent = "";
    this.heard = head.steered.length;
  }

  async tell(event) {
    event.preventDefault();
    const message = this.input.value.trim();
    if (message && (await this.send("steer", message))) this.input.value = "";
  }

  async send(what, message) {
    if (this.busy) return false;
    this.busy = true;
    this.said.textContent = "";
    try {
      const body = JSON.stringify({ message });
      const answer = await fetch(this.address + what, { method: "POST", headers: { "Content-Type": "application/json" }, body });
      const text = await answer.text();
      this.said.textContent = answer.ok ? JSON.parse(text).done : text.replace(/^\d+ /, "").trim();
      return answer.ok;
    } catch {
      this.said.textContent = "Not connected. Does wideseek view still run?";
      return false;
    } finally {
      this.busy = false;
    }
  }
}
