// Package policies is the policy bundle that is built into the binaries: Rego by topic and the legal data as YAML. It only
// holds the files; internal/engine loads, compiles and evaluates them. Tests (*_test.rego) are not embedded.
package policies

import "embed"

// FS is the bundle: `entrypoints`, `governance` and `lib` hold the Rego, `data` the law. Every file of the bundle is listed
// here by name or folder; a test compares the list with the folder.
//
//go:embed data
//go:embed entrypoints/facts/facts.rego entrypoints/facts/input.json
//go:embed entrypoints/requirement/requirement.rego entrypoints/requirement/input.json
//go:embed entrypoints/declaration/declaration.rego entrypoints/declaration/input.json
//go:embed entrypoints/workload/workload.rego entrypoints/workload/input.json
//go:embed entrypoints/service/service.rego entrypoints/service/input.json
//go:embed entrypoints/connection/connection.rego entrypoints/connection/input.json
//go:embed entrypoints/network/network.rego entrypoints/network/input.json
//go:embed governance/accountability/accountability.rego
//go:embed governance/conflicts/conflicts.rego
//go:embed governance/conflicts/records/records.rego
//go:embed governance/agreement/agreement.rego
//go:embed governance/connection/connection.rego
//go:embed governance/consent/consent.rego
//go:embed governance/contract/contract.rego
//go:embed governance/declaration/answers/answers.rego
//go:embed governance/declaration/country/country.rego
//go:embed governance/declaration/declaration.rego
//go:embed governance/declaration/vocabulary/vocabulary.rego
//go:embed governance/fairness/fairness.rego
//go:embed governance/intellectual_property/intellectual_property.rego
//go:embed governance/liability/liability.rego
//go:embed governance/outbound/outbound.rego
//go:embed governance/network/network.rego
//go:embed governance/oversight/oversight.rego
//go:embed governance/personal_data/personal_data.rego
//go:embed governance/profile/profile.rego
//go:embed governance/prohibited/prohibited.rego
//go:embed governance/residency/residency.rego
//go:embed governance/residency/storage/storage.rego
//go:embed governance/retention/retention.rego
//go:embed governance/rights/rights.rego
//go:embed governance/security/security.rego
//go:embed governance/service/backend/backend.rego
//go:embed governance/service/service.rego
//go:embed governance/transparency/claims/claims.rego
//go:embed governance/transparency/transparency.rego
//go:embed governance/transparency/unread/unread.rego
//go:embed governance/workload/confinement/confinement.rego
//go:embed governance/workload/container/container.rego
//go:embed governance/workload/identity/identity.rego
//go:embed governance/workload/isolation/isolation.rego
//go:embed governance/workload/model/model.rego
//go:embed governance/workload/port/port.rego
//go:embed governance/workload/sidecar/sidecar.rego
//go:embed lib/agreement/agreement.rego
//go:embed lib/answer/answer.rego
//go:embed lib/atom/atom.rego
//go:embed lib/claims/claims.rego
//go:embed lib/claims/pattern/pattern.rego
//go:embed lib/compare/compare.rego
//go:embed lib/condition/condition.rego
//go:embed lib/day/day.rego
//go:embed lib/deployer/deployer.rego
//go:embed lib/fact/fact.rego
//go:embed lib/facts/facts.rego
//go:embed lib/language/language.rego
//go:embed lib/law/law.rego
//go:embed lib/license/license.rego
//go:embed lib/limit/limit.rego
//go:embed lib/location/location.rego
//go:embed lib/meant/meant.rego
//go:embed lib/merge/merge.rego
//go:embed lib/parent/parent.rego
//go:embed lib/place/place.rego
//go:embed lib/plan/plan.rego
//go:embed lib/practice/practice.rego
//go:embed lib/reach/reach.rego
//go:embed lib/remedy/remedy.rego
//go:embed lib/result/result.rego
//go:embed lib/source/source.rego
//go:embed lib/training/training.rego
//go:embed lib/upcoming/upcoming.rego
//go:embed lib/value/value.rego
//go:embed lib/ways/ways.rego
//go:embed lib/words/words.rego
var FS embed.FS
