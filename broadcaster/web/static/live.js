// Keeps marked regions as the server sees them: each fragment that arrives replaces only the parts that changed,
// so that a sound that plays, an open confirmation or a typed note in an unchanged part stays as it is.
// A page is loaded anew only when nobody is about to leave it or has written into it: a press must not be lost.

const LEAVING_MS = 30_000; // so long is an answer waited for; a download also looks like leaving, and never comes
const HANDS_OFF_MS = 1_000; // what was just pressed or typed may still become a click
const AGAIN_MS = 250;

let leavingSince = -Infinity;
let touchedAt = -Infinity;

function leaves() {
  leavingSince = performance.now();
}

addEventListener("submit", (event) => {
  if (!event.defaultPrevented) leaves();
});
addEventListener("beforeunload", leaves);
addEventListener("pageshow", () => { leavingSince = -Infinity; });
for (const touch of ["pointerdown", "pointerup", "keydown", "keyup", "input"])
  addEventListener(touch, () => { touchedAt = performance.now(); }, { capture: true, passive: true });

// A field that no longer holds what the server put into it.
function isWritten(field) {
  if (field.type === "hidden") return false;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
  const options = [...field.options];
  if (options.some((option) => option.defaultSelected)) return options.some((o) => o.selected !== o.defaultSelected);
  return !field.multiple && field.selectedIndex > 0;
}

function written(within) {
  return [...within.querySelectorAll("form :is(input, select, textarea)")].filter(isWritten);
}

let isWaiting = false;

function loadAnew() {
  if (isWaiting) return;
  const now = performance.now();
  if (now - leavingSince < LEAVING_MS || now - touchedAt < HANDS_OFF_MS) {
    isWaiting = true;
    setTimeout(() => { isWaiting = false; loadAnew(); }, AGAIN_MS);
    return;
  }
  if (written(document).length > 0 && offerToLoadAnew()) return;
  location.reload();
}

// Says that the page has changed instead of taking away what was written; returns whether it could be said.
function offerToLoadAnew() {
  const words = document.querySelector("template#page-changed");
  if (!words) return false;
  if (document.querySelector(".page-changed")) return true;
  const note = words.content.firstElementChild.cloneNode(true);
  note.querySelector("button").addEventListener("click", () => location.reload());
  document.querySelector("main").prepend(note);
  return true;
}

function renew(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  const parts = shown.hasAttribute("data-parts") && fresh.hasAttribute("data-parts");
  if (!parts || shown.tagName !== fresh.tagName) {
    replace(shown, fresh);
    return;
  }
  for (const { name, value } of [...fresh.attributes]) shown.setAttribute(name, value);
  renewChildren(shown, fresh);
}

// The new element takes over what somebody had written or opened in the old one, and the keyboard's place in it.
function replace(shown, fresh) {
  const twin = (element) => (element.id ? fresh.querySelector(`#${CSS.escape(element.id)}`) : null);
  for (const field of written(shown)) {
    const other = twin(field);
    if (!other) continue;
    if (field.type === "checkbox" || field.type === "radio") other.checked = field.checked;
    else other.value = field.value;
  }
  for (const details of shown.querySelectorAll("details[open]")) twin(details)?.setAttribute("open", "");
  const focused = shown.contains(document.activeElement) ? document.activeElement : null;
  shown.replaceWith(fresh);
  if (focused) (fresh.id === focused.id && fresh.id ? fresh : twin(focused))?.focus({ preventScroll: true });
}

function renewChildren(shown, fresh) {
  const before = new Map([...shown.children].filter((child) => child.id).map((child) => [child.id, child]));
  const wanted = [...fresh.children];
  const kept = new Set(wanted.map((child) => child.id));
  for (const child of [...shown.children]) if (!kept.has(child.id)) child.remove();
  wanted.forEach((child, index) => {
    const known = before.get(child.id);
    const place = shown.children[index] ?? null;
    if (!known) {
      shown.insertBefore(child, place);
      return;
    }
    if (known !== place) shown.insertBefore(known, place);
    renewKnown(known, child);
  });
}

function renewKnown(known, fresh) {
  const open = known.tagName === "DETAILS" && known.open;
  if (open) fresh.open = true;
  if (hasOpenWork(known) && !known.hasAttribute("data-parts")) {
    if (sameButOpen(known, fresh)) return;
  }
  renew(known, fresh);
}

// An element with a confirmation that somebody has just opened counts as unchanged if nothing else in it changed.
function hasOpenWork(element) {
  return element.querySelector("details[open]") !== null;
}

function sameButOpen(known, fresh) {
  const closed = known.cloneNode(true);
  for (const details of closed.querySelectorAll("details[open]")) details.removeAttribute("open");
  return closed.isEqualNode(fresh);
}

function show(region, html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const shown = region.firstElementChild;
  if (!fresh || !shown) return;
  if ((shown.dataset.state ?? "") !== (fresh.dataset.state ?? "")) {
    // What must not wait for that, the stop above all, is renewed even where somebody still types.
    for (const part of fresh.querySelectorAll("[data-always][id]")) {
      const known = shown.querySelector(`#${CSS.escape(part.id)}`);
      if (known) renew(known, part);
    }
    loadAnew();
    return;
  }
  renew(shown, fresh);
  region.dispatchEvent(new CustomEvent("renewed", { bubbles: true }));
}

for (const region of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(region.dataset.live);
  source.addEventListener("fragment", (event) => show(region, event.data));
  source.addEventListener("over", () => {
    source.close();
    loadAnew();
  });
  addEventListener("pagehide", () => source.close());
}
