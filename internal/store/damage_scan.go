package store

import (
	"maps"
	"slices"
)

// scan is what can be read of a damaged database, whatever its tree and its
// header have become: each of its pages is looked at for itself. Only rows whose
// checksum is right count.
type scan struct {
	pages  *pages
	bodies bodies

	deliveries map[int64]place // by id
	outcomes   map[int64]place // by their place in the order of all
	bad        map[int64]bool  // ids of deliveries that something names, and that are not among them
	unread     int             // pages that are damaged themselves
	last, lead int64           // of the table last_id
}

// lastIDPage is the one of the table last_id, whose only row never moves.
const lastIDPage = 6

// place is where a row begins.
type place struct {
	page  uint32
	start int
}

// scanDamaged reads the database of a path. Nothing else may write to it meanwhile.
func scanDamaged(path string, b bodies) (*scan, error) {
	p, err := openPages(path)
	if err != nil {
		return nil, err
	}
	s := &scan{pages: p, bodies: b, deliveries: map[int64]place{}, outcomes: map[int64]place{}, bad: map[int64]bool{}}
	free := p.free()
	page := make([]byte, pageSize)
	var rest []uint32 // pages with which a large row goes on
	for n := uint32(1); n <= p.count; n++ {
		switch err := p.read(n, page); {
		case free[n]:
		case err != nil:
			s.unread++
		case page[0] == 0 && n > 1:
			rest = append(rest, n)
		default:
			s.look(n, page)
		}
	}
	for _, n := range rest {
		if !p.reached[n] {
			s.unread++
		}
	}
	for id := range s.deliveries {
		delete(s.bad, id)
	}
	return s, nil
}

func (s *scan) look(n uint32, page []byte) {
	kind := page[0]
	if n == 1 {
		kind = page[100]
	}
	switch kind {
	case tableLeaf:
		for _, start := range leafCells(page, n) {
			s.row(place{n, start}, page)
		}
	case indexLeaf:
		for _, start := range leafCells(page, n) {
			s.entry(page, start)
		}
	case tableInner, indexInner:
	default:
		if n > 1 { // the first says where the tables are, which does not matter
			s.unread++
		}
	}
}

// row takes in one row of a leaf, of whichever table it is.
func (s *scan) row(at place, page []byte) {
	id, content, err := s.pages.tableRow(page, at.start)
	if err != nil {
		s.suspect(id)
		return
	}
	v, err := values(content)
	switch {
	case err != nil:
		s.suspect(id)
	case len(v) == deliveryColumns:
		r := rowOf(id, v)
		if r.err == nil && s.sound(r.record) {
			s.deliveries[id] = at
			s.last = max(s.last, id)
			return
		}
		s.suspect(id)
	case len(v) == outcomeColumns:
		if o := outcomeOf(v[1], v[2:]); o.checksum() == o.sum {
			s.outcomes[id] = at
		}
	case at.page == lastIDPage && len(v) == 3:
		var c cells
		s.last, s.lead = max(s.last, c.number(v[1])), max(s.lead, c.number(v[2]))
	}
}

// sound reports whether a record's bytes are those that were kept.
func (s *scan) sound(r *record) bool {
	apart, err := s.apart(r)
	return err == nil && sealed(r.checksum(apart, nil), r.id) == r.sum
}

func (s *scan) apart(r *record) ([]byte, error) {
	if r.file == "" {
		return nil, nil
	}
	return s.bodies.read(r.file)
}

// entry takes in one entry of an index: it names a delivery.
func (s *scan) entry(page []byte, start int) {
	content, err := s.pages.indexRow(page, start)
	if err != nil {
		return
	}
	v, err := values(content)
	if err != nil || len(v) != 2 {
		return
	}
	id, ok := v[0].(int64) // of an outcome's delivery
	if _, file := v[0].(string); file {
		id, ok = v[1].(int64)
	}
	if ok {
		s.suspect(id)
	}
}

// suspect notes a delivery that was there, unless that is no id.
func (s *scan) suspect(id int64) {
	if id > firstID(idTime(0).AddDate(1, 0, 0)) {
		s.bad[id] = true
	}
}

// lost returns the ids that are known to be lost, oldest first.
func (s *scan) lost() []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(s.bad)) {
		ids = append(ids, formatID(id))
	}
	return ids
}

// records gives all deliveries in order.
func (s *scan) records(do func(*record) error) error {
	return s.rows(s.deliveries, func(id int64, v []any) error {
		r := rowOf(id, v)
		if r.err != nil {
			return r.err
		}
		r.record.data = slices.Clone(r.record.data) // of the page that it was read from
		return do(r.record)
	})
}

// results gives the outcomes of deliveries that are there, in order.
func (s *scan) results(do func(*outcome) error) error {
	return s.rows(s.outcomes, func(_ int64, v []any) error {
		o := outcomeOf(v[1], v[2:])
		if _, ok := s.deliveries[o.delivery]; !ok {
			return nil
		}
		return do(&o)
	})
}

func (s *scan) rows(places map[int64]place, do func(int64, []any) error) error {
	page := make([]byte, pageSize)
	have := uint32(0)
	for _, id := range slices.Sorted(maps.Keys(places)) {
		at := places[id]
		if at.page != have {
			if err := s.pages.read(at.page, page); err != nil {
				return err
			}
			have = at.page
		}
		_, content, err := s.pages.tableRow(page, at.start)
		if err != nil {
			return err
		}
		v, err := values(content)
		if err != nil {
			return err
		}
		if err := do(id, v); err != nil {
			return err
		}
	}
	return nil
}

// files are the names of the bodies that belong to a delivery.
func (s *scan) files() (map[string]bool, error) {
	names := map[string]bool{}
	err := s.records(func(r *record) error {
		if r.file != "" {
			names[r.file] = true
		}
		return nil
	})
	return names, err
}

func (s *scan) close() error { return s.pages.close() }
