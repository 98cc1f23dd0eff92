// Package archtest keeps the architecture: a Go test that parses the module's
// files and reports, with position, what breaks a rule.
//
//	direction   imports point down: pbuf, timers, sys_arch → netif → ip → … → lwip → apps
//	dependency  library packages import the standard library and this module alone
//	purity      protocol packages have no locks, goroutines, channels, clock or log
//	globals     no init, no dot or blank import, no mutable package-level variable
//	unsafe      no unsafe, reflect, cgo, assembly or linkname
//	docs        every package has a package comment, every library package an Example
//	paths       no file mentions the directories of the machine it was written on
//
// exceptions_test.go lists what may break a rule, and why; one that is not needed
// any more is reported, too. A new package goes into the table in
// direction_test.go.
//
// Files: module_test.go (reading the module), one file a rule (direction_test.go
// holds dependency, too), exceptions_test.go, archtest_test.go (the test),
// rules_test.go (proof that each rule can fail).
package archtest
