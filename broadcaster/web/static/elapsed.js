// Counts beside a live alert how long it has been sent and how long it still holds, second by second.

function said(seconds) {
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function count() {
  const now = Date.now();
  for (const place of document.querySelectorAll("[data-since], [data-until]")) {
    const { since, until, say } = place.dataset;
    const span = since ? now - Date.parse(since) : Date.parse(until) - now;
    place.textContent = say.replace("{n}", said(Math.max(0, Math.floor(span / 1000))));
  }
}

count();
setInterval(count, 1000);
addEventListener("renewed", count);
