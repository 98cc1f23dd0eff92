//go:build !linux

package main

func newOursTUN(linkKind) (pair, error)   { return pair{}, errNoTUN }
func newGvisorTUN(linkKind) (pair, error) { return pair{}, errNoTUN }
