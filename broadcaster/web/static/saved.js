// The bulletin is safe with the station: the tab may forget what it kept of it.
const sent = sessionStorage.getItem("draft:sent");
if (sent) {
  sessionStorage.removeItem(sent);
  sessionStorage.removeItem("draft:sent");
}
