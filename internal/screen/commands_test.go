package screen

import (
	"reflect"

	tea "charm.land/bubbletea/v2"
)

// commandsOf are those of a batch or a sequence, which are lists of commands.
func commandsOf(msg tea.Msg) (cmds []tea.Cmd) {
	list := reflect.ValueOf(msg)
	for i := range list.Len() {
		cmds = append(cmds, list.Index(i).Interface().(tea.Cmd))
	}
	return cmds
}
