// Package oracle holds whk's signatures against other people's: what whk signs,
// their libraries must accept; what they sign, whk must; and what one side
// refuses, the other must too.
//
// It is a module of its own, so that none of those libraries is one of whk's:
//
//	cd internal/oracle && go test ./...
package oracle
