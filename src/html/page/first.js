// Before anything is shown, so that nobody who reads in the dark is dazzled.
if (matchMedia("(prefers-color-scheme: dark)").matches) {
  document.documentElement.classList.add("dark");
}
