// Runs before the first paint, so that the page never flashes the other theme.
(function () {
  var choice;
  try {
    choice = localStorage.getItem("argosy.theme");
  } catch {
    choice = null;
  }
  var dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.classList.toggle("dark", dark);
})();
