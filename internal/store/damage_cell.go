package store

import (
	"encoding/binary"
	"errors"
)

// The kinds of pages that are looked at.
// https://www.sqlite.org/fileformat2.html#b_tree_pages
const (
	indexInner = 0x02
	tableInner = 0x05
	indexLeaf  = 0x0a
	tableLeaf  = 0x0d
)

// How much of a row is on its leaf; the rest is on further pages.
const (
	tableLocal = pageSize - 35
	indexLocal = (pageSize-12)*64/255 - 23
	leastLocal = (pageSize-12)*32/255 - 23
	perPage    = pageSize - 4
)

// maxRow bounds a row, so that a damaged length allocates little.
const maxRow = 1 << 30

var errCell = errors.New("not a row")

// leafCells returns where the rows of a leaf begin.
func leafCells(leaf []byte, n uint32) []int {
	at := 0
	if n == 1 {
		at = 100 // behind the file's header
	}
	count := int(binary.BigEndian.Uint16(leaf[at+3:]))
	if at+8+2*count > pageSize {
		return nil
	}
	starts := make([]int, count)
	for i := range starts {
		starts[i] = int(binary.BigEndian.Uint16(leaf[at+8+2*i:]))
	}
	return starts
}

// tableRow returns the id and the content of the row at start of a leaf. The id
// is right even if the content cannot be had, unless it is 0.
func (p *pages) tableRow(leaf []byte, start int) (id int64, content []byte, err error) {
	b := leaf[min(start, pageSize):]
	size, b, ok := varint(b)
	if !ok {
		return 0, nil, errCell
	}
	rowid, b, ok := varint(b)
	if !ok {
		return 0, nil, errCell
	}
	content, err = p.content(b, size, tableLocal)
	return int64(rowid), content, err
}

// indexRow returns the content of the entry at start of an index's leaf.
func (p *pages) indexRow(leaf []byte, start int) ([]byte, error) {
	size, b, ok := varint(leaf[min(start, pageSize):])
	if !ok {
		return nil, errCell
	}
	return p.content(b, size, indexLocal)
}

// content puts a row together from its leaf and the pages that follow.
func (p *pages) content(b []byte, size uint64, local int) ([]byte, error) {
	if size > maxRow || size > uint64(p.count)*pageSize {
		return nil, errCell
	}
	here := int(size)
	if here > local {
		here = leastLocal + (here-leastLocal)%perPage
		if here > local {
			here = leastLocal
		}
	}
	if here == int(size) {
		if here > len(b) {
			return nil, errCell
		}
		return b[:here], nil
	}
	if here+4 > len(b) {
		return nil, errCell
	}
	content := append(make([]byte, 0, size), b[:here]...)
	page := make([]byte, pageSize)
	for next := binary.BigEndian.Uint32(b[here:]); len(content) < int(size); next = binary.BigEndian.Uint32(page) {
		if err := p.read(next, page); err != nil {
			return nil, err
		}
		p.reached[next] = true
		content = append(content, page[4:min(pageSize, 4+int(size)-len(content))]...)
	}
	return content, nil
}

// values takes a row's content apart: int64, string, []byte or nil each, as a
// query gives them. The slices share b's space.
// https://www.sqlite.org/fileformat2.html#record_format
func values(b []byte) ([]any, error) {
	size, types, ok := varint(b)
	if !ok || size > uint64(len(b)) || size < uint64(len(b)-len(types)) {
		return nil, errCell
	}
	types, b = types[:int(size)-(len(b)-len(types))], b[size:]
	var list []any
	for len(types) > 0 {
		var kind uint64
		if kind, types, ok = varint(types); !ok {
			return nil, errCell
		}
		value, rest, ok := value(kind, b)
		if !ok {
			return nil, errCell
		}
		list, b = append(list, value), rest
	}
	return list, nil
}

func value(kind uint64, b []byte) (_ any, rest []byte, ok bool) {
	n := uint64(0)
	switch {
	case kind == 0:
		return nil, b, true
	case kind == 8 || kind == 9:
		return int64(kind - 8), b, true
	case kind <= 4:
		n = kind
	case kind == 5:
		n = 6
	case kind == 6:
		n = 8
	case kind >= 12:
		n = (kind - 12) / 2
	default:
		return nil, nil, false // a fraction, or nothing yet
	}
	if n > uint64(len(b)) {
		return nil, nil, false
	}
	data, rest := b[:n], b[n:]
	switch {
	case kind < 12:
		number := int64(int8(data[0]))
		for _, c := range data[1:] {
			number = number<<8 | int64(c)
		}
		return number, rest, true
	case kind%2 == 1:
		return string(data), rest, true
	}
	return data, rest, true
}

// varint reads a number of one to nine bytes.
// https://www.sqlite.org/fileformat2.html#varint
func varint(b []byte) (n uint64, rest []byte, ok bool) {
	for i := range min(len(b), 9) {
		if i == 8 {
			return n<<8 | uint64(b[i]), b[i+1:], true
		}
		n = n<<7 | uint64(b[i]&0x7f)
		if b[i] < 0x80 {
			return n, b[i+1:], true
		}
	}
	return 0, nil, false
}
