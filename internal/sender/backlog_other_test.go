//go:build !linux

package sender

import "testing"

func fullBacklog(t *testing.T) string {
	t.Skip("only Linux has a queue that can be filled")
	return ""
}
