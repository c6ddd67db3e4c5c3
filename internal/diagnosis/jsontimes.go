package diagnosis

import "time"

// timeText is a time to the millisecond, as JavaScript's toISOString prints it;
// false for what is none. Some parsers take every text that looks like a time
// for one, and print it without the zeros at its end.
func timeText(text string) (string, bool) {
	const shortest, longest = len("2006-01-02T15:04:05Z"), len("2006-01-02T15:04:05.000000000+00:00")
	if len(text) < shortest || len(text) > longest || text[4] != '-' || text[10] != 'T' {
		return "", false
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return "", false
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z"), true
}
