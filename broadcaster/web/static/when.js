// Says a chosen day and time in words beside the fields: browsers show dates in their own language's order, and a
// mistaken day wakes a commune.

for (const words of document.querySelectorAll("[data-weekdays]")) {
  const form = words.closest("form");
  const weekdays = words.dataset.weekdays.split("|");
  form.addEventListener("input", () => {
    const [year, month, day] = form.elements.date.value.split("-").map(Number);
    const time = form.elements.time.value;
    const weekday = weekdays[(new Date(year, month - 1, day).getDay() + 6) % 7];
    const two = (number) => String(number).padStart(2, "0");
    words.textContent = weekday && time ? `${time}, ${weekday} ${two(day)}/${two(month)}/${year}` : "";
  });
}
