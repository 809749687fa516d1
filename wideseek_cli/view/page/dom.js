// Elements are made with text alone: nothing that others wrote is ever read as markup.

function el(tag, given, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(given || {})) {
    if (name === "class") made.className = value;
    else if (name === "on") for (const [what, act] of Object.entries(value)) made.addEventListener(what, act);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return made;
}

// A link for a web address that the program found safe; text for any other.
function linkTo(place, text, given) {
  if (!place.href) return el("span", given, text);
  return el("a", { ...given, href: place.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

// Later, so that what is to be seen first is not kept waiting.
function afterPaint(act) {
  requestAnimationFrame(() => setTimeout(act));
}

function count(number, thing) {
  const many = thing.endsWith("ch") ? thing + "es" : thing + "s";
  return `${number.toLocaleString("en")} ${number === 1 ? thing : many}`;
}

// 1:05, or 1:02:03
function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function moment(epoch) {
  if (!epoch) return "";
  return new Date(epoch * 1000).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}

function standing(of) {
  const pulse = of.running ? " pulse" : "";
  return el("span", { class: `standing tone-${of.tone}` }, el("span", { class: pulse && `tone-work${pulse}`, "aria-hidden": "true" }, of.sign), " ", of.state);
}

// The tone of the whole page: the system's, unless the button says otherwise. Kept while this tab is open.
function setUpTheme() {
  const button = document.getElementById("theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  let chosen = keptTheme();
  const isDark = () => (chosen || (dark.matches ? "dark" : "light")) === "dark";
  const show = () => {
    if (chosen) document.documentElement.style.colorScheme = chosen;
    button.textContent = isDark() ? "Light theme" : "Dark theme";
  };
  button.addEventListener("click", () => {
    chosen = keptTheme(isDark() ? "light" : "dark");
    show();
  });
  dark.addEventListener("change", show);
  show();
}

function keptTheme(value) {
  try {
    if (value) sessionStorage.setItem("wideseek-theme", value);
    return value || sessionStorage.getItem("wideseek-theme");
  } catch {
    return value || null; // a browser that lets this page keep nothing
  }
}
