// The table in every format: from the server, or out of this file.

function downloadMenu(files) {
  const entries = files.map((file) => el("li", {}, file.href ? served(file) : inside(file)));
  const menu = el("details", { class: "menu" }, el("summary", {}, "Download"), el("ul", {}, ...entries));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  return menu;
}

function served(file) {
  return el("a", { href: file.href, download: file.file }, file.label);
}

function inside(file) {
  return el("button", { type: "button", on: { click: () => unpack(file) } }, file.label);
}

async function unpack(file) {
  const bytes = Uint8Array.from(atob(file.gzip), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const whole = await new Response(stream, { headers: { "Content-Type": file.type } }).blob();
  const address = URL.createObjectURL(whole);
  el("a", { href: address, download: file.file }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}
