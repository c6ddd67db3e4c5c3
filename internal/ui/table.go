package ui

import (
	"io"
	"slices"
	"unicode/utf8"

	"github.com/charmbracelet/lipgloss"
)

// gap is the blanks between two columns.
const gap = "  "

// Table prints rows in aligned columns. Cells are raw text: the table escapes
// them. The zero value is not usable; see [NewTable].
type Table struct {
	head  []string
	roles []Role
	right []bool
	give  []int // columns that are narrowed before a line is cut
	rows  [][]string
}

// NewTable returns a table with a heading over each column. No headings means
// no heading line.
func NewTable(head ...string) *Table { return &Table{head: head} }

// Style gives the columns their roles, from the left; the rest are plain.
func (t *Table) Style(roles ...Role) *Table { t.roles = roles; return t }

// Right aligns the numbered columns (the first is 0) to the right.
func (t *Table) Right(columns ...int) *Table {
	t.right = make([]bool, slices.Max(append(columns, 0))+1)
	for _, c := range columns {
		t.right[c] = true
	}
	return t
}

// Narrow lets the numbered columns shrink on a terminal that is too narrow, the
// widest first, so that the columns after them are seen.
func (t *Table) Narrow(columns ...int) *Table { t.give = columns; return t }

// Row adds a row. It may be shorter or longer than others.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// Len returns the number of rows.
func (t *Table) Len() int { return len(t.rows) }

// Print writes the table to s.Out. On a terminal lines are cut to its width,
// with a … where something is missing; elsewhere nothing is cut. Lines have no
// tabs and no trailing blanks.
func (t *Table) Print(s *Streams) error { return t.Write(s.Out, s.Style(), s.Width) }

// Write is Print for any writer; width 0 cuts nothing.
func (t *Table) Write(w io.Writer, st *Styler, width int) error {
	widths := t.widths()
	if width > 0 {
		t.fit(widths, width)
	}
	var out []byte
	if len(t.head) > 0 {
		out = t.appendRow(out, st, t.head, func(int) Role { return Dim }, widths, width)
	}
	for _, row := range t.rows {
		out = t.appendRow(out, st, row, t.role, widths, width)
	}
	_, err := w.Write(out)
	return err
}

func (t *Table) role(column int) Role {
	if column < len(t.roles) {
		return t.roles[column]
	}
	return Plain
}

func (t *Table) widths() []int {
	var widths []int
	for _, row := range append([][]string{t.head}, t.rows...) {
		for c, cell := range row {
			if c == len(widths) {
				widths = append(widths, 0)
			}
			widths[c] = max(widths[c], textWidth(cell))
		}
	}
	return widths
}

// narrowest is the least width of a column that shrinks.
const narrowest = 12

// fit narrows the columns that may shrink until all fit into width, or none is
// wider than the narrowest.
func (t *Table) fit(widths []int, width int) {
	over := len(gap)*(len(widths)-1) - width
	for _, w := range widths {
		over += w
	}
	for ; over > 0; over-- {
		widest := -1
		for _, c := range t.give {
			if c < len(widths) && widths[c] > narrowest && (widest < 0 || widths[c] > widths[widest]) {
				widest = c
			}
		}
		if widest < 0 {
			return
		}
		widths[widest]--
	}
}

func (t *Table) appendRow(dst []byte, st *Styler, row []string, role func(int) Role, widths []int, limit int) []byte {
	left, blank := limit, 0
	for c, cell := range row {
		if c > 0 {
			blank += len(gap)
		}
		w := textWidth(cell)
		if w > widths[c] {
			cell = cut(cell, widths[c])
			w = textWidth(cell)
		}
		pad := widths[c] - w
		if c < len(t.right) && t.right[c] {
			blank, pad = blank+pad, 0
		}
		if w > 0 {
			if limit > 0 && left <= blank {
				return append(dst, '\n')
			}
			dst = appendBlanks(dst, blank)
			left, blank = left-blank, 0
			if limit > 0 && w > left {
				dst = st.AppendSafe(dst, role(c), cut(cell, left))
				return append(dst, '\n')
			}
			dst = st.AppendSafe(dst, role(c), cell)
			left -= w
		}
		blank += pad
	}
	return append(dst, '\n')
}

func appendBlanks(dst []byte, n int) []byte {
	for ; n > 0; n-- {
		dst = append(dst, ' ')
	}
	return dst
}

// textWidth returns how many columns raw text takes once it is made safe.
func textWidth(s string) int {
	if clean(s) {
		return len(s)
	}
	return lipgloss.Width(Safe(s))
}

// cut shortens raw text to at most n columns, the last of them a … when
// something is missing. It cuts between characters, so an escape is whole or
// absent.
func cut(s string, n int) string {
	if textWidth(s) <= n {
		return s
	}
	if n < 1 {
		return ""
	}
	if clean(s) {
		return s[:n-1] + "…"
	}
	end, used := 0, 0
	for end < len(s) {
		_, size := utf8.DecodeRuneInString(s[end:])
		used += textWidth(s[end : end+size])
		if used > n-1 {
			break
		}
		end += size
	}
	return s[:end] + "…"
}
