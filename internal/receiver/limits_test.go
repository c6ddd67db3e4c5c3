package receiver

import "testing"

// Connections leave files for the rest, and are never none.
func TestConnectable(t *testing.T) {
	for _, c := range []struct{ wanted, files, want int }{
		{10_000, 0, 10_000}, {10_000, 1 << 20, 10_000}, {10_000, 10_064, 10_000}, {10_000, 10_063, 9_999},
		{10_000, 1024, 960}, {10_000, 128, 64}, {10_000, 100, 50}, {10_000, 1, 1}, {5, 128, 5}, {1, 2, 1},
	} {
		if got := connectable(c.wanted, c.files); got != c.want {
			t.Errorf("%d of %d wanted with %d files, want %d", got, c.wanted, c.files, c.want)
		}
	}
}
