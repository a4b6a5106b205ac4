# Where modules are taken from, instead of their sources. All directories of the repository are below this one.

module_sources = {
  "git::https://github.cms.gov/OC-Foundational/ocf-shared.git"               = ".."
  "git::ssh://git@origin-github.cms.gov:2222/OC-Foundational/ocf-shared.git" = ".."
}
