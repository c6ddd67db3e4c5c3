// Package oracle holds whk's signatures against other people's: what whk signs,
// their libraries must accept; what they sign, whk must; and what one side
// refuses, the other must too. The samples that whk sends are taken by those
// libraries as what they are.
//
// It is a module of its own, so that none of those libraries is one of whk's. Some
// are for Node, and are asked in a process of it:
//
//	cd internal/oracle && npm ci --ignore-scripts --prefix node && go test -count=1 ./...
package oracle
