package cmd

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/receiver"
)

// limitFlags bound the memory, time and connections that strangers can take.
type limitFlags struct {
	Header      sizeFlag
	Body        sizeFlag
	Memory      sizeFlag
	HeaderTime  time.Duration
	RequestTime time.Duration
	IdleTime    time.Duration
	Connections int
}

func (f *limitFlags) add(cmd *cobra.Command) {
	f.Header, f.Body, f.Memory = 64<<10, 10<<20, 256<<20
	flags := cmd.Flags()
	flags.Var(&f.Header, "max-header", "the largest request line and headers; more is a 431")
	flags.Var(&f.Body, "max-body", "the largest body; more is a 413")
	flags.Var(&f.Memory, "max-memory", "the most memory for bodies under way; more is a 503")
	flags.DurationVar(&f.HeaderTime, "header-timeout", 10*time.Second, "how long a sender may take for its headers")
	flags.DurationVar(&f.RequestTime, "request-timeout", 60*time.Second, "how long a sender may take for a whole request")
	flags.DurationVar(&f.IdleTime, "idle-timeout", 60*time.Second, "how long a connection may wait for its next request")
	flags.IntVar(&f.Connections, "max-connections", 10_000, "take at most this `number` of connections at a time; further ones wait")
}

// check refuses what would not be a limit: none of them can be switched off.
func (f *limitFlags) check() error {
	for _, limit := range []struct {
		name  string
		value int64
		least int64
		words string
	}{
		{"max-header", int64(f.Header), 4 << 10, "4KiB"},
		{"max-body", int64(f.Body), 1, "1"},
		{"max-memory", int64(f.Memory), 1, "1"},
		{"header-timeout", int64(f.HeaderTime), int64(time.Millisecond), "1ms"},
		{"request-timeout", int64(f.RequestTime), int64(time.Millisecond), "1ms"},
		{"idle-timeout", int64(f.IdleTime), int64(time.Millisecond), "1ms"},
		{"max-connections", int64(f.Connections), 1, "1"},
	} {
		if limit.value < limit.least {
			return usageError(fmt.Errorf("--%s: a limit can be set, and not be switched off; the least is %s", limit.name, limit.words),
				"leave --"+limit.name+" out for the usual limit")
		}
	}
	return nil
}

func (f *limitFlags) limits() receiver.Limits {
	return receiver.Limits{
		Header: int(min(f.Header, math.MaxInt32)), Body: int64(f.Body), Memory: int64(f.Memory),
		HeaderTime: f.HeaderTime, RequestTime: f.RequestTime, IdleTime: f.IdleTime, Connections: f.Connections,
	}
}

// sizeFlag is a number of bytes; 0 is off.
type sizeFlag int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"KB", 1e3},
	{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"B", 1}, {"", 1},
}

// Set reads 5GiB, 10MB, 4096 or off.
func (f *sizeFlag) Set(text string) error {
	if text == "off" {
		*f = 0
		return nil
	}
	for _, unit := range sizeUnits {
		digits, ok := strings.CutSuffix(text, unit.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(digits), 10, 64)
		if err != nil || n <= 0 || n > math.MaxInt64/unit.bytes {
			break
		}
		*f = sizeFlag(n * unit.bytes)
		return nil
	}
	return errors.New("a size is a number of bytes, or with a unit: 64KiB, 10MiB, 5GiB")
}

func (f *sizeFlag) String() string {
	n := int64(*f)
	if n == 0 {
		return "off"
	}
	for _, unit := range sizeUnits[:6] { // each has a name of its own
		if n%unit.bytes == 0 {
			return fmt.Sprintf("%d%s", n/unit.bytes, unit.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// Type is what help calls the value.
func (f *sizeFlag) Type() string { return "size" }
