// Package readers tests Chaperone with the software that reads what it says: kstatus, which Flux and other tools use, the Lua interpreter of Argo CD,
// and the query engine of Prometheus. It is a module of its own, so that none of this is a dependency of Chaperone (docs/adr/0114).
package readers
