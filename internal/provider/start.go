package provider

import (
	"embed"
	"errors"
	"fmt"
	"strings"
)

//go:embed start
var start embed.FS

// ErrName is a name that a provider's folder can not have.
var ErrName = errors.New("a provider's name is small letters, digits and dashes, and begins with a letter or digit")

// StartFile is a file of a new provider.
type StartFile struct {
	Name string // below the provider's folder
	Text []byte
}

// Start returns the files of a provider to start from: a commented provider.yaml
// and one sample, which work together as they are. The error is an [ErrName].
func Start(name string) ([]StartFile, error) {
	if !isName(name) {
		return nil, fmt.Errorf("%q: %w", name, ErrName)
	}
	fill := strings.NewReplacer("{{name}}", name, "{{title}}", strings.ToUpper(name[:1])+strings.ReplaceAll(name[1:], "-", " "))
	var files []StartFile
	for _, f := range []struct{ from, to string }{{providerFile, providerFile}, {"order.paid.json", "events/order.paid.json"}} {
		src, err := start.ReadFile("start/" + f.from)
		if err != nil {
			return nil, err
		}
		files = append(files, StartFile{f.to, []byte(fill.Replace(string(src)))})
	}
	return files, nil
}

func isName(text string) bool {
	return text != "" && len(text) <= 64 && text[0] != '-' && strings.Trim(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}
