package diagnosis

import (
	"fmt"
	"strconv"
	"strings"
)

// difference tells where two bodies part, with what is there in each.
func difference(signed, arrived []byte) string {
	at := 0
	for at < len(signed) && at < len(arrived) && signed[at] == arrived[at] {
		at++
	}
	same := 0
	for same < min(len(signed), len(arrived))-at && signed[len(signed)-1-same] == arrived[len(arrived)-1-same] {
		same++
	}
	was, is := signed[at:len(signed)-same], arrived[at:len(arrived)-same]
	text := fmt.Sprintf("%d bytes were signed, %d are here; from offset %d: ", len(signed), len(arrived), at)
	switch {
	case len(was) == 0:
		return text + excerpt(is) + " is here and was not signed"
	case len(is) == 0:
		return text + excerpt(was) + " was signed and is not here"
	}
	return text + excerpt(was) + " → " + excerpt(is)
}

// excerpt quotes the beginning of b on one line: control characters are escaped,
// quotes stay as they are.
func excerpt(b []byte) string {
	const most = 24
	text, end := string(b), "`"
	if len(b) > most {
		text, end = strings.ToValidUTF8(text[:most], ""), "…`"
	}
	quoted := strconv.QuoteToGraphic(text)
	return "`" + strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`) + end
}
