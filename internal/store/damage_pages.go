package store

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
)

// pageSize is that of every database of whk. What a damaged header says about
// it is ignored: with another size, bytes that a stranger sent could appear
// where a page begins.
const pageSize = 16384

// pages are those of a database, each in its newest version that is whole: in
// the log, or else in the database. No header is needed to find them.
type pages struct {
	db, log *os.File // nil when it is missing
	count   uint32
	newest  map[uint32]int64 // where in the log
	reached map[uint32]bool  // from a row that goes on there
}

func openPages(path string) (*pages, error) {
	p := &pages{newest: map[uint32]int64{}, reached: map[uint32]bool{}}
	var err error
	if p.db, err = openIfThere(path); err != nil {
		return nil, err
	}
	if p.log, err = openIfThere(path + logSuffix); err != nil {
		return nil, errors.Join(err, p.close())
	}
	if p.db != nil {
		info, err := p.db.Stat()
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.count = uint32((info.Size() + pageSize - 1) / pageSize)
	}
	if p.log != nil {
		p.readLog()
	}
	return p, nil
}

func openIfThere(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return f, err
}

// readLog notes the pages of all transactions that have ended.
func (p *pages) readLog() {
	var open []frame
	for f := range frames(p.log) {
		if f.whole && f.page > 0 {
			open = append(open, f)
		}
		if !f.commit {
			continue
		}
		for _, f := range open {
			p.newest[f.page] = f.place
			p.count = max(p.count, f.page)
		}
		open = open[:0]
	}
}

// read fills buf with page n, counted from 1.
func (p *pages) read(n uint32, buf []byte) error {
	if place, ok := p.newest[n]; ok {
		return readWhole(p.log, buf, place)
	}
	if p.db == nil || n == 0 || n > p.count {
		return fs.ErrNotExist
	}
	return readWhole(p.db, buf, int64(n-1)*pageSize)
}

// readWhole fills buf, and tries again after an error of the disk: what is not
// read now is set aside.
func readWhole(f *os.File, buf []byte, place int64) (err error) {
	for range 3 {
		if _, err = f.ReadAt(buf, place); err == nil || errors.Is(err, io.EOF) {
			break
		}
	}
	return err
}

// free returns the unused pages: their content was removed and must not come
// back. A damaged list ends early.
// https://www.sqlite.org/fileformat2.html#the_freelist
func (p *pages) free() map[uint32]bool {
	free := map[uint32]bool{}
	buf := make([]byte, pageSize)
	if p.read(1, buf) != nil {
		return free
	}
	for trunk := binary.BigEndian.Uint32(buf[32:]); trunk > 1 && trunk <= p.count && !free[trunk]; {
		if p.read(trunk, buf) != nil {
			return free
		}
		free[trunk] = true
		n := binary.BigEndian.Uint32(buf[4:])
		if n > pageSize/4-2 {
			return free
		}
		for i := range n {
			free[binary.BigEndian.Uint32(buf[8+4*i:])] = true
		}
		trunk = binary.BigEndian.Uint32(buf)
	}
	return free
}

func (p *pages) close() error {
	var errs []error
	for _, f := range []*os.File{p.db, p.log} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	return errors.Join(errs...)
}
