// Shows on every page within a moment that an alert is live, with the one press that stops it. Pages that follow the
// alarm by themselves have no place for it. A few bytes every two seconds: a lasting connection for each tab would use
// up those that a browser allows to one station.

const LOOK_EVERY_MS = 2_000;
const HIDDEN_EVERY_MS = 15_000;
const WAIT_MS = 10_000;
const NOT_YET_MS = 500; // nobody presses on purpose what appeared under the pointer this instant

const place = document.querySelector("[data-strip]");
let timer = 0;
let version = "";

function show(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.firstElementChild;
  const shown = place.firstElementChild;
  if (fresh?.outerHTML === shown?.outerHTML) return;
  if (shown && fresh) {
    // The button stays the same one: a press that has begun on it counts.
    shown.className = fresh.className;
    shown.querySelector(".strip-said").replaceWith(fresh.querySelector(".strip-said"));
    return;
  }
  place.replaceChildren(...(fresh ? [fresh] : []));
  const stop = fresh?.querySelector("button");
  if (!stop) return;
  stop.disabled = true;
  setTimeout(() => { stop.disabled = false; }, NOT_YET_MS);
}

async function look() {
  clearTimeout(timer);
  try {
    const headers = version ? { "If-None-Match": version } : {};
    const answer = await fetch(place.dataset.strip, {
      headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout?.(WAIT_MS),
    });
    if (answer.type === "opaqueredirect") return; // to the sign-in: nothing could be stopped from here any more
    if (answer.status === 200) {
      show(await answer.text());
      version = answer.headers.get("ETag") ?? "";
    }
  } catch {
    // Out of reach for a moment: what is shown stays, and it is asked again.
  }
  clearTimeout(timer);
  timer = setTimeout(look, document.hidden ? HIDDEN_EVERY_MS : LOOK_EVERY_MS);
}

if (place) {
  timer = setTimeout(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  addEventListener("pagehide", () => clearTimeout(timer));
  addEventListener("pageshow", (event) => { if (event.persisted) look(); });
}
