package cmd

import (
	"errors"
	"fmt"

	"github.com/whk-cli/whk/internal/receiver"
	"github.com/whk-cli/whk/internal/statedir"
)

// listenError says who has the port.
func (app *App) listenError(err error) error {
	var used *receiver.InUseError
	if !errors.As(err, &used) {
		return failed(err, "whk listen :8080", "whk listen 0.0.0.0:8080   for other machines too")
	}
	hints := []string{fmt.Sprintf("whk listen :%d   or :0 for any free port", used.Address.Port+1)}
	if path, e := app.statePath(); e == nil && app.isFile(path) {
		if dir, e := statedir.Open(path, nil); e == nil {
			if pid, held := holder(dir, used.Address); held {
				hints = append([]string{fmt.Sprintf("another whk, process %d, listens there with this state directory", pid)}, hints...)
			}
			dir.Close()
		}
	}
	return failed(err, hints...)
}

// holder finds the listener of this state directory that has a port. It may have
// asked for it by another name: localhost is two addresses.
func holder(dir *statedir.Dir, a receiver.Address) (pid int, held bool) {
	hosts := []string{a.Host}
	if a.Loopback() || a.Host == "0.0.0.0" || a.Host == "::" {
		hosts = append(hosts, "localhost", "127.0.0.1", "::1", "0.0.0.0", "::")
	}
	for _, host := range hosts {
		a.Host = host
		if pid, held = dir.Holder(a.String()); held {
			break
		}
	}
	return pid, held
}
