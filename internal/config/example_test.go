package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/whk-cli/whk/internal/config"
)

func Example() {
	home, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(home)
	project := []byte("listen:\n  to: localhost:3000\n")
	if err := os.WriteFile(filepath.Join(home, ".whk.yaml"), project, 0o600); err != nil {
		panic(err)
	}
	c, err := config.Load(config.Options{
		Dir:    home,
		GOOS:   "linux",
		Getenv: func(name string) string { return map[string]string{"HOME": home}[name] },
		Flags:  func() map[string][]string { return map[string][]string{"listen": {"to", "timeout"}} },
	})
	if err != nil {
		panic(err)
	}
	flags := pflag.NewFlagSet("listen", pflag.ContinueOnError)
	to := flags.String("to", "", "")
	timeout := flags.Duration("timeout", 0, "")
	err = c.Settle("listen", flags, func(name string) (string, bool) { return "5s", name == "WHK_TIMEOUT" })
	fmt.Println(*to, *timeout, err)
	// Output: localhost:3000 5s <nil>
}
