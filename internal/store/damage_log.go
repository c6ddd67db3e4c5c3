package store

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"iter"
	"os"
)

// What a write-ahead log is made of.
// https://www.sqlite.org/fileformat2.html#the_write_ahead_log
const (
	logHeader   = 32
	frameHeader = 24
	frameSize   = frameHeader + pageSize
	logMagic    = 0x377f0682 // with 1 in the lowest bit: checksums of big-endian words
)

// frame is one page in a log.
type frame struct {
	page   uint32
	place  int64 // of the page in the file
	whole  bool  // its checksum, which takes in that of the frame before, is right
	commit bool  // the last one of a transaction
}

// frames reads the frames of a log, from the first to the last that belongs to
// it. Where SQLite stops at the first one that is damaged, this goes on: the
// checksum that a frame is held against is the one that stands in the frame
// before, and not what that should be.
func frames(log io.ReaderAt) iter.Seq[frame] {
	return func(yield func(frame) bool) {
		head := make([]byte, logHeader)
		data := make([]byte, frameSize)
		if _, err := log.ReadAt(head, 0); err != nil {
			return
		}
		order, sound := logOrder(head)
		salt, before := string(head[16:24]), head[24:32]
		for place := int64(logHeader); ; place += frameSize {
			if _, err := log.ReadAt(data, place); err != nil {
				return
			}
			if !sound { // the first frame says what the header can not
				salt, sound = string(data[8:16]), true
			}
			if string(data[8:16]) != salt {
				continue // of an earlier round, or damaged
			}
			sum := logSum(order, before, data[:8])
			sum = logSum(order, appendSum(nil, sum), data[frameHeader:])
			f := frame{
				page:   binary.BigEndian.Uint32(data),
				place:  place + frameHeader,
				whole:  sumIs(data[16:24], sum),
				commit: binary.BigEndian.Uint32(data[4:]) != 0,
			}
			before = append([]byte(nil), data[16:24]...)
			if !yield(f) {
				return
			}
		}
	}
}

// logOrder returns the order of the words that checksums add up, and whether the
// log's header is whole.
func logOrder(head []byte) (order binary.ByteOrder, sound bool) {
	order = binary.LittleEndian
	magic := binary.BigEndian.Uint32(head)
	if magic == logMagic|1 {
		order = binary.BigEndian
	}
	return order, magic&^1 == logMagic && sumIs(head[24:32], logSum(order, nil, head[:24]))
}

// logSum goes on with a checksum, which stands in big-endian order everywhere.
func logSum(order binary.ByteOrder, from, data []byte) (sum [2]uint32) {
	if from != nil {
		sum = [2]uint32{binary.BigEndian.Uint32(from), binary.BigEndian.Uint32(from[4:])}
	}
	for ; len(data) >= 8; data = data[8:] {
		sum[0] += order.Uint32(data) + sum[1]
		sum[1] += order.Uint32(data[4:]) + sum[0]
	}
	return sum
}

func appendSum(b []byte, sum [2]uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(b, sum[0]), sum[1])
}

func sumIs(stored []byte, sum [2]uint32) bool { return string(stored) == string(appendSum(nil, sum)) }

// errLog is a log of which SQLite would silently read only a part.
var errLog = errors.New("its log is damaged")

// checkLog looks for damage other than a torn tail: several transactions after
// something that cannot be read. Only the last transaction may be unsynced,
// since each is synced before the next begins. What a failed write left after
// the end is also one transaction.
func checkLog(path string) error {
	log, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer log.Close()
	head := make([]byte, logHeader)
	if _, err := log.ReadAt(head, 0); err != nil {
		return nil // nothing was ever in it
	}
	_, sound := logOrder(head)
	broken, behind, most := !sound, 0, 0
	place := int64(logHeader + frameHeader)
	for f := range frames(log) {
		if !f.whole || f.place != place {
			broken, behind = true, 0
		}
		place = f.place + frameSize
		if broken && f.whole && f.commit {
			behind++
		}
		most = max(most, behind)
	}
	if most > 1 || most > 0 && !sound { // a header is synced before what follows it
		return errLog
	}
	return nil
}
