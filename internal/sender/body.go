package sender

import (
	"io"
	"net/http"

	"github.com/whk-cli/whk/internal/webhook"
)

// readBody reads an answer's body into a: all of it, or MaxRead bytes.
func readBody(a *webhook.Attempt, resp *http.Response) error {
	kept, err := io.ReadAll(io.LimitReader(resp.Body, MaxKept))
	a.Body, a.BodySize = kept, int64(len(kept))
	if err != nil || len(kept) < MaxKept {
		return err
	}
	n, err := io.Copy(io.Discard, io.LimitReader(resp.Body, MaxRead-MaxKept))
	a.BodySize += n
	return err
}
