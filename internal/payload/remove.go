package payload

// remove removes what p leads to, with one of the commas beside it, and all
// other keys of the same name in that object, so that no reader finds one. It
// goes through the object once: a stranger's body may hold a million of them.
func remove(body []byte, p path) []byte {
	last := p[len(p)-1]
	v, _ := locate(body, p[:len(p)-1])
	target, _ := child(body, v, last)
	isTarget := func(m member) bool {
		return m == target || m.key.end > 0 && isKey(body, m.key, last.key)
	}

	kept := make([]byte, 0, len(body))
	from := 0        // the first byte that is not yet kept
	open := false    // the bytes up to the next member are to be dropped
	previous := -1   // the end of the member before
	anyKept := false // a member was kept before this one
	cut := func(start, end int) {
		kept = append(kept, body[from:start]...)
		from = end
	}
	members(body, v, func(m member) bool {
		if open {
			from, open = m.start(), false
		}
		switch {
		case !isTarget(m):
			anyKept = true
		case anyKept:
			// From the comma on; white space in front of that comma stays.
			cut(skipSpace(body, previous), m.value.end)
		default:
			cut(m.start(), m.value.end)
			open = true
		}
		previous = m.value.end
		return true
	})
	return append(kept, body[from:]...)
}
