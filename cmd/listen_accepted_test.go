package cmd

import (
	"fmt"
	"slices"
	"testing"
)

func TestAcceptedSecretsAreBounded(t *testing.T) {
	var all []string
	for i := range 3 * mostAccepted {
		all = withAccepted(all, fmt.Sprint("secret-", i))
	}
	if len(all) != mostAccepted || all[0] != fmt.Sprint("secret-", 3*mostAccepted-1) || slices.Contains(all, "secret-0") {
		t.Errorf("of %d these %d are kept: %v", 3*mostAccepted, len(all), all)
	}
	oldest := all[mostAccepted-1]
	if all = withAccepted(all, oldest); len(all) != mostAccepted || all[0] != oldest || slices.Index(all[1:], oldest) >= 0 {
		t.Errorf("offered again it is not the newest, once: %v", all)
	}
}
