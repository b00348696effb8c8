// Keeps marked regions as the server sees them: each fragment that arrives replaces only the parts that changed,
// so that a sound that plays, an open confirmation or a typed note in an unchanged part stays as it is.

function renew(shown, fresh) {
  if (shown.isEqualNode(fresh)) return;
  const parts = shown.hasAttribute("data-parts") && fresh.hasAttribute("data-parts");
  if (!parts || shown.tagName !== fresh.tagName) {
    shown.replaceWith(fresh);
    return;
  }
  for (const { name, value } of [...fresh.attributes]) shown.setAttribute(name, value);
  renewChildren(shown, fresh);
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
    location.reload();
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
    location.reload();
  });
  addEventListener("pagehide", () => source.close());
}
