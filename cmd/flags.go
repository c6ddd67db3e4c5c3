package cmd

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/whk-cli/whk/internal/format"
	"github.com/whk-cli/whk/internal/payload"
	"github.com/whk-cli/whk/internal/secret"
	"github.com/whk-cli/whk/internal/webhook"
)

// providerFlags choose a provider and its variants.
type providerFlags struct {
	Provider string
	Variants []string
}

func (f *providerFlags) add(cmd *cobra.Command, app *App) {
	cmd.Flags().StringVarP(&f.Provider, "provider", "p", "", "the provider whose conventions apply, by `name`")
	cmd.Flags().StringArrayVar(&f.Variants, "variant", nil, "a variant of the provider, by `name` (repeatable)")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("provider", app.completeProviders))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("variant", app.completeVariants))
}

// secretFlags say where signing secrets come from.
type secretFlags struct {
	given secretOrder
}

// secretOrder keeps the flags' values in the order of the command line: the
// first secret signs.
type secretOrder []secretSource

// secretSource is one --secret-file, --secret-env or --secret.
type secretSource struct{ kind, value string }

func (f *secretFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.Var(&secretValue{&f.given, secret.KindFile}, "secret-file", "read the signing secret from this file, - for standard input (repeatable)")
	flags.Var(&secretValue{&f.given, secret.KindEnv}, "secret-env", "take the signing secret from this environment variable (repeatable)")
	flags.Var(&secretValue{&f.given, secret.KindValue}, "secret", "the signing secret itself; it shows in process lists (repeatable)")
}

// words are the flags as one types them again, each after a blank; FILE stands
// for what must not be shown, or can not be read twice.
func (f *secretFlags) words() string {
	var line strings.Builder
	for _, s := range f.given {
		switch {
		case s.kind == secret.KindEnv:
			line.WriteString(" --secret-env " + format.ShellWord(s.value))
		case s.kind == secret.KindFile && s.value != "-":
			line.WriteString(" --secret-file " + format.ShellWord(s.value))
		default:
			line.WriteString(" --secret-file FILE")
		}
	}
	return line.String()
}

// secretValue is a flag that appends to the common order. It never prints a
// value, since help prints the defaults of flags.
type secretValue struct {
	order *secretOrder
	kind  string
}

func (v *secretValue) Set(text string) error {
	*v.order = append(*v.order, secretSource{v.kind, text})
	return nil
}
func (v *secretValue) String() string { return "" }
func (v *secretValue) Type() string {
	return map[string]string{"file": "file", "env": "name", "value": "value"}[v.kind]
}

// headerValue is a repeatable flag of header fields.
type headerValue struct{ header *webhook.Header }

func addHeaderFlag(cmd *cobra.Command, h *webhook.Header, usage string) {
	cmd.Flags().VarP(&headerValue{h}, "header", "H", usage)
}

func (v *headerValue) Set(text string) error {
	field, err := parseHeader(text)
	if err != nil {
		return err
	}
	*v.header = append(*v.header, field)
	return nil
}
func (v *headerValue) String() string { return "" }
func (v *headerValue) Type() string   { return `"Name: value"` }

// parseHeader reads "Name: value"; "Name;" is a header with an empty value, as
// curl has it.
func parseHeader(text string) (webhook.Field, error) {
	name, value, ok := strings.Cut(text, ":")
	if !ok {
		if name, ok = strings.CutSuffix(text, ";"); !ok {
			return webhook.Field{}, errors.New(`a header is "Name: value"`)
		}
	}
	value = strings.Trim(value, " \t")
	if !webhook.IsToken(name) {
		return webhook.Field{}, fmt.Errorf("%q is not a header's name", name)
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return webhook.Field{}, fmt.Errorf("the value of header %s holds a line break or NUL", name)
	}
	return webhook.Field{Name: name, Value: value}, nil
}

// oneOf is a flag with a fixed list of values.
type oneOf struct {
	value   *string
	allowed []string
}

func addOneOf(cmd *cobra.Command, value *string, name, preset, usage string, allowed ...string) {
	*value = preset
	cmd.Flags().Var(&oneOf{value, allowed}, name, usage+": "+strings.Join(allowed, ", "))
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(allowed, cobra.ShellCompDirectiveNoFileComp)))
}

func (v *oneOf) Set(text string) error {
	for _, a := range v.allowed {
		if strings.EqualFold(text, a) {
			*v.value = a
			return nil
		}
	}
	return fmt.Errorf("use one of %s", strings.Join(v.allowed, ", "))
}
func (v *oneOf) String() string { return *v.value }
func (v *oneOf) Type() string   { return "name" }

// plainFlagError says what kind of value a flag wants, in place of the name of
// the Go function that could not read it.
func plainFlagError(err error) error {
	parsing, ok := errors.AsType[*strconv.NumError](err)
	if !ok {
		return err
	}
	wanted := "a whole number is needed"
	switch {
	case parsing.Func == "ParseBool":
		wanted = "true or false is needed"
	case errors.Is(parsing, strconv.ErrRange):
		wanted = "a smaller number is needed"
	}
	return errors.New(strings.Replace(err.Error(), parsing.Error(), wanted, 1))
}

// editFlag is one of --override, --add and --remove: they share one list, in the
// order of the command line.
type editFlag struct {
	op    payload.Op
	edits *[]payload.Edit
}

func addEditFlags(cmd *cobra.Command, edits *[]payload.Edit) {
	flags := cmd.Flags()
	flags.Var(&editFlag{payload.Override, edits}, "override", "change a value that the body has; the value is JSON, else text (repeatable)")
	flags.Var(&editFlag{payload.Add, edits}, "add", "add a value that the body does not have (repeatable)")
	flags.Var(&editFlag{payload.Remove, edits}, "remove", "remove a value (repeatable)")
}

// Set reads path=value, or the path alone for --remove.
func (f *editFlag) Set(text string) error {
	if f.op == payload.Remove {
		*f.edits = append(*f.edits, payload.Edit{Op: payload.Remove, Path: text})
		return nil
	}
	edit, err := payload.ParseAssignment(f.op, text)
	if err != nil {
		return err
	}
	*f.edits = append(*f.edits, edit)
	return nil
}
func (f *editFlag) String() string { return "" }

// Type is what help calls the value.
func (f *editFlag) Type() string {
	if f.op == payload.Remove {
		return "path"
	}
	return "path=value"
}

// seedFlag is a number that may be left out.
type seedFlag struct{ value *uint64 }

// Set reads a whole number.
func (f *seedFlag) Set(text string) error {
	var n uint64
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || fmt.Sprint(n) != text {
		return errors.New("a seed is a whole number")
	}
	f.value = &n
	return nil
}
func (f *seedFlag) String() string { return "" }

// Type is what help calls the value.
func (f *seedFlag) Type() string { return "number" }
