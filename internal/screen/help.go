package screen

import "strings"

// helpText lists all keys.
func helpText() []string {
	return strings.Split(strings.Trim(`
Moving
  ↑ ↓  k j        the delivery before, the next one
  PgUp PgDn       a page; in an open delivery, its text
  g  G            the oldest; the newest, and follow what comes
  Enter  →        open the delivery; once more: on the whole screen
  Esc  ←          back; in the list: remove the filter
  n p             with the whole screen: the next one, the one before

Finding
  /               show only what has all of these words: a provider, an event
                  type, a verdict, a reason, a status, a path, an ID;
                  !word is without it

Doing, with the chosen delivery
  r               replay it to where it was forwarded, or to a target
  R               the same, signed anew as of now
  t               replay it to a target that you name
  c               copy it as a curl command, through the terminal
  C               write the curl command to a file
  s  S            write the body, or the whole request, to a new file

  m               messages
  ?               this help
  Ctrl-Z          suspend whk, until the shell's fg: senders wait meanwhile
  q  Ctrl-C       stop listening; Ctrl-C once more ends at once

Deliveries are kept whether this screen shows them or not: whk list has them.
Values of secret headers are [redacted], here, copied and in files, unless whk
listen was given --reveal.
`, "\n"), "\n")
}
