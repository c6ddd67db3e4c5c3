package secret

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// maxComplaint bounds what is shown of a failed command's standard error.
const maxComplaint = 1 << 10

// runCommand takes a secret from a command's standard output. There is no shell.
// The label does not show the command line, which may hold a password.
func runCommand(ctx context.Context, label, line, dir string) (piece, error) {
	argv, err := split(line)
	if err != nil {
		return piece{}, &Error{Source: label, Msg: err.Error()}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("%s did not end within %s", argv[0], patience))
	defer cancel()
	stdout, stderr := &bounded{max: maxSecret, full: cancel}, &bounded{max: maxComplaint}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, stdout, stderr
	cmd.WaitDelay = time.Second // a grandchild may keep the pipes open
	err = cmd.Run()
	if stdout.cut {
		return piece{}, &Error{Source: label, Msg: argv[0] + ": its output " + errTooLarge.Error(), Err: errTooLarge}
	}
	if err != nil {
		return piece{}, commandError(ctx, label, argv[0], err, string(stderr.kept))
	}
	return piece{label: label, bytes: trimLineBreak(stdout.kept)}, nil
}

func commandError(ctx context.Context, label, name string, err error, complaint string) error {
	if ctx.Err() != nil {
		return interrupted(ctx, label)
	}
	msg := fmt.Sprintf("%s: %s", name, err)
	var execErr *exec.Error
	if errors.As(err, &execErr) {
		msg = fmt.Sprintf("%s cannot be run: %s", name, execErr.Err)
	}
	if complaint = strings.Join(strings.Fields(complaint), " "); complaint != "" {
		msg += ": " + complaint
	}
	return &Error{Source: label, Msg: msg, Err: err}
}

// bounded keeps the first max bytes written to it and drops the rest. It has no
// ReadFrom method, which would exceed the bound.
type bounded struct {
	kept []byte
	max  int
	cut  bool   // there was more
	full func() // called in that case, if set
}

func (b *bounded) Write(p []byte) (int, error) {
	n := min(len(p), b.max-len(b.kept))
	b.kept = append(b.kept, p[:n]...)
	if n < len(p) {
		b.cut = true
		if b.full != nil {
			b.full()
		}
	}
	return len(p), nil
}

// split cuts a command line into words at white space. Single quotes keep
// everything, double quotes everything but \" and \\; elsewhere a backslash
// keeps the character after it. Nothing is expanded.
func split(line string) ([]string, error) {
	var (
		words  []string
		word   []byte
		inWord bool
		quote  byte
	)
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && i+1 < len(line) && escapes(quote, line[i+1]):
			i++
			word, inWord = append(word, line[i]), true
		case quote != 0:
			word = append(word, c)
		case c == '\'' || c == '"':
			quote, inWord = c, true
		case strings.IndexByte(" \t\r\n", c) >= 0:
			if inWord {
				words, word, inWord = append(words, string(word)), nil, false
			}
		default:
			word, inWord = append(word, c), true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("a %c is not closed", quote)
	}
	if inWord {
		words = append(words, string(word))
	}
	if len(words) == 0 || words[0] == "" {
		return nil, errors.New("names no command")
	}
	return words, nil
}

// escapes reports whether a backslash before next is an escape.
func escapes(quote, next byte) bool {
	switch quote {
	case '\'':
		return false
	case '"':
		return next == '"' || next == '\\'
	}
	return true
}
