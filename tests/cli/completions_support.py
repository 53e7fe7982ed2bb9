"""What each shell offers for a command line of hindcast that has been begun."""

import pathlib
import subprocess

import support

MANUAL = pathlib.Path(support.PROGRAM).parent / "manual"

BASH = r"""
source "$1"
IFS=$'\x1f' read -ra COMP_WORDS <<< "$2"
[[ $2 == *$'\x1f' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
_hindcast
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\n' "${COMPREPLY[@]}"
"""

# An interactive zsh on a terminal of its own. What its completion adds it also writes to a file, a
# blank line after each command line.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell '
PROMPT= fpath=('${(q)1}' $fpath)
autoload -Uz compinit; compinit -D -u
compadd() {
  builtin compadd "$@"
  local added=$?
  [[ ${(j: :)@[1,(i)(-|--)]} == *-[OAD]\ * ]] && return added
  local -a found
  builtin compadd -A found "$@"
  (( $#found )) && print -rl -- $found >> '${(q)2}'
  return added
}
next() { print >> '${(q)2}'; BUFFER=; print @next }
zle -N next
bindkey "^X" next
bindkey "^I" complete-word
zle -C complete-word complete-word _main_complete
print @ready'
zpty -r shell output $'*\n@ready*'
for line in "${@:3}"; do
  zpty -n -w shell $line$'\t\x18'
  zpty -r shell output '*@next*'
done
zpty -d shell
"""


def _output(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20,
                          **options)
    assert done.stderr == "", done.stderr
    return done.stdout.splitlines()


def bash(line, place):
    """Its words as Readline breaks them: '=' is one by itself."""
    words = line.replace("=", " = ").split(" ")
    return _output(["bash", "--norc", "-c", BASH, "bash", MANUAL / "bash/hindcast",
                    "\x1f".join(words)], cwd=place)


def _clean_environment(home):
    return {"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "xterm"}


def fish(line, place):
    """Without what fish says of each."""
    source = f"source {MANUAL}/fish/hindcast.fish; complete -C $argv[1]"
    with support.temporary_directory() as home:
        offered = _output(["fish", "--no-config", "-c", source, line], cwd=place,
                          env=_clean_environment(home))
    return [one.split("\t")[0] for one in offered]


def zsh(lines, place):
    """A list for each of the lines, which take one zsh: it takes long to start."""
    with support.temporary_directory() as home:
        found = home / "found"
        found.touch()
        _output(["zsh", "-f", "-c", ZSH, "zsh", MANUAL / "zsh", found, *lines], cwd=place,
                env=_clean_environment(home))
        groups = [[]]
        for word in found.read_text().splitlines():
            if word:
                groups[-1].append(word.replace("\\", ""))
            else:
                groups.append([])
    return groups[:-1]


def offered(lines, place):
    """(line, shell, what it offers in the place of the last word) for each line and shell."""
    for line, words in zip(lines, zsh(lines, place), strict=True):
        yield line, "bash", bash(line, place)
        yield line, "zsh", words
        yield line, "fish", fish(line, place)
