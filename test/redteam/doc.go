// Package redteam attacks Chaperone on a real API server with the rights of tenants. Each row of its tables is an attack with an ID of its
// own. Rows that are not held are marked open, and their tests fail as soon as they are held. docs/redteam.md is generated from the rows.
package redteam
