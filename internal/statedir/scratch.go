package statedir

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
)

// Scratch is a file for another program, such as an editor, to change. It has a
// directory of its own, so that what the program leaves beside it is removed
// too.
type Scratch struct {
	d    *Dir
	dir  string
	name string
}

// Scratch makes a file that holds data, 0600 in a directory of 0700. name is its
// base name, which tells an editor what it is; characters that no file should
// have become dashes. Close takes it away.
func (d *Dir) Scratch(name string, data []byte) (*Scratch, error) {
	var id [8]byte
	if _, err := rand.Read(id[:]); err != nil {
		return nil, err
	}
	s := &Scratch{d: d, dir: path.Join("scratch", hex.EncodeToString(id[:])), name: plainName(name)}
	if err := d.mkdirAll(s.dir); err != nil {
		return nil, err
	}
	if err := d.write(s.file(), data); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Scratch) file() string { return path.Join(s.dir, s.name) }

// Path is the absolute path of the file.
func (s *Scratch) Path() string { return s.d.join(s.file()) }

// Read returns what the file holds now; more than most bytes are an error. A
// program may have put another file in its place, which is checked as by
// [Dir.ReadFile].
func (s *Scratch) Read(most int64) ([]byte, error) {
	f, err := s.d.open(s.file(), os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("%s has more than %d bytes", s.Path(), most)
	}
	return data, err
}

// Close removes the file and everything beside it.
func (s *Scratch) Close() error { return s.d.root.RemoveAll(s.dir) }

// plainName keeps letters, digits, dots and dashes, without leading dots.
func plainName(name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, name)
	if plain = strings.TrimLeft(plain, "."); plain == "" {
		return "scratch"
	}
	return plain
}
