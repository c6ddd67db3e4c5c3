package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"
)

// Settle sets the flags of one command that were not given on the command line:
// from the environment (--x-y is WHK_X_Y), else from the files. Flags that
// neither of them names keep their defaults. A flag that is set this way counts
// as changed.
//
// An empty variable counts as unset, and one for a repeatable flag holds one
// value per line. The flags about secrets (--secret, --secret-file,
// --secret-env) are left alone, since their variables have a place of their own
// in the order in which secrets are looked for.
//
// It is the only writer of flags while it runs. A value that a flag refuses is
// an [*Error] with its place.
func (c *Config) Settle(command string, flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	settled := c.settled(command, flags, lookupEnv)
	if len(settled.AllKeys()) == 0 {
		return nil // as most often
	}
	var err error
	flags.VisitAll(func(f *pflag.Flag) {
		if v, ok := settled.Get(f.Name).(value); ok && err == nil {
			err = set(flags, f, v)
		}
	})
	return err
}

// settled merges the layers, the weakest first, into what counts. The values
// carry their places with them.
func (c *Config) settled(command string, flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) *viper.Viper {
	v := viper.NewWithOptions(viper.KeyDelimiter("\x00"))
	merge := func(values map[string]value) {
		for name, value := range values {
			if f := flags.Lookup(name); f != nil && !f.Changed {
				v.Set(f.Name, value)
			}
		}
	}
	for _, layer := range c.layers {
		merge(layer.flags[""])
		merge(layer.flags[command])
	}
	merge(fromEnv(flags, lookupEnv))
	return v
}

func fromEnv(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) map[string]value {
	values := map[string]value{}
	flags.VisitAll(func(f *pflag.Flag) {
		if _, banned := never[f.Name]; banned && f.Name != "config" {
			return
		}
		text, ok := lookupEnv(EnvName(f.Name))
		switch {
		case !ok || text == "":
		case repeatable(f):
			values[f.Name] = value{texts: strings.Split(strings.TrimSuffix(text, "\n"), "\n")}
		default:
			values[f.Name] = value{texts: []string{text}}
		}
	})
	return values
}

// EnvName is the environment variable of a flag, by the flag's long name.
func EnvName(flag string) string {
	return "WHK_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func set(flags *pflag.FlagSet, f *pflag.Flag, v value) error {
	if len(v.texts) > 1 && !repeatable(f) {
		return failSet(f, v, "takes one value, not a list")
	}
	for _, text := range v.texts {
		if err := f.Value.Set(text); err != nil {
			return failSet(f, v, fmt.Sprintf("%q: %s", text, err))
		}
	}
	f.Changed = true
	return nil
}

func failSet(f *pflag.Flag, v value, msg string) error {
	if v.origin.File == "" {
		return &Error{Msg: EnvName(f.Name) + ": " + msg}
	}
	return &Error{File: v.origin.File, Line: v.origin.Line, Msg: f.Name + ": " + msg}
}

// repeatable reports whether a flag can be given several times. Flags of a type
// of their own decide for themselves, by what their Set says to a second value.
func repeatable(f *pflag.Flag) bool {
	if _, ok := f.Value.(pflag.SliceValue); ok {
		return true
	}
	plain := []string{"string", "bool", "count", "duration", "int", "int32", "int64", "uint", "uint16", "uint32", "uint64", "float32", "float64"}
	return !slices.Contains(plain, f.Value.Type())
}
