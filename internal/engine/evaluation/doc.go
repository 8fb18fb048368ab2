// Package evaluation decides about declarations, workloads, Services, connections and the network. A Snapshot builds the input of an
// entrypoint of the bundle, adds what the organisation demands, evaluates the entrypoint and decodes the verdict. It caches merged
// requirements and splits. Legal values and thresholds are in Rego and its data, not in this package. When an evaluation fails, the outcome
// is OutcomeUndecided and the verdict names the reason.
package evaluation
