// Package observe counts what passes through a sidecar that passes exchanges on unchanged, and what governing them would do.
//
// It copies a bounded part of the exchanges (budget.go, tap.go), reads the copies after the exchanges have ended, and keeps counts by route
// (counts.go, pattern.go). It never changes, delays or refuses an exchange. Copies stay in memory until they are read; no text of an
// exchange gets into a count.
package observe
