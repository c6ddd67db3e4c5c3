package store

import "database/sql/driver"

const columns = "id, received_at, verdict, size, sum, provider, event, message_id, file, data"

const (
	values1  = "(?,?,?,?,?,?,?,?,?,?)"
	values4  = values1 + "," + values1 + "," + values1 + "," + values1
	values16 = values4 + "," + values4 + "," + values4 + "," + values4
	values64 = values16 + "," + values16 + "," + values16 + "," + values16
)

const insertInto = "INSERT INTO deliveries (" + columns + ") VALUES "

// inserts are the statements that a batch is cut into, so that a large one needs
// few of them. They are constants, so that only who writes pays for them.
var inserts = []struct {
	rows int
	text string
}{{64, insertInto + values64}, {16, insertInto + values16}, {4, insertInto + values4}, {1, insertInto + values1}}

// insertRecords writes records.
func (c *conn) insertRecords(records []*record) error {
	for _, insert := range inserts {
		for len(records) >= insert.rows {
			c.values = c.values[:0]
			for _, r := range records[:insert.rows] {
				c.values = r.appendValues(c.values)
			}
			_, err := c.exec(insert.text, c.values...)
			clear(c.values) // they hold on to bodies
			if err != nil {
				return err
			}
			records = records[insert.rows:]
		}
	}
	return nil
}

func (r *record) appendValues(values []driver.Value) []driver.Value {
	var file driver.Value
	if r.file != "" {
		file = r.file
	}
	return append(values, r.id, r.receivedAt, r.verdict, r.size, int64(r.sum), r.provider, r.event, r.messageID, file, r.data)
}

// leadOf returns by how much a receipt's time lies beyond its id's at most, in
// milliseconds: it does when another clock set it.
func leadOf(records []*record) (lead int64) {
	for _, r := range records {
		lead = max(lead, r.receivedAt/1e6-(r.id>>idLow+idEpoch))
	}
	return lead
}

// appendOutcome writes an outcome. missing tells that its delivery is not there.
func (c *conn) appendOutcome(o *outcome) (missing, err error) {
	n, err := c.exec("INSERT INTO outcomes (delivery, kind, sum, data) SELECT ?1, ?2, ?3, ?4 WHERE EXISTS (SELECT 1 FROM deliveries WHERE id = ?1)",
		o.delivery, o.kind, int64(o.sum), o.data)
	if err == nil && n == 0 {
		missing = ErrNotFound
	}
	return missing, err
}
