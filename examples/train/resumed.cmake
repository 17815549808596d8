# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT

# A training that is stopped and goes on ends as one that never stopped, and its model can be used:
#     cmake -D train=... -D program=... -D text=... -D out=... -P resumed.cmake
file(REMOVE_RECURSE "${out}")

function(run output)
  execute_process(COMMAND ${ARGN} OUTPUT_VARIABLE said ERROR_VARIABLE error RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${ARGN}: ${code}\n${said}${error}")
  endif()
  set(${output} "${said}" PARENT_SCOPE)
endfunction()

foreach(system transxssm llama3 mamba2 jamba)
  set(dtype float32)
  if(system STREQUAL transxssm)
    set(dtype bfloat16)
  endif()
  set(tiny "${train}" "${text}" --system ${system} --dtype ${dtype} --d-model 32 --layers 2 --length 32 --rows 2 --steps 20
           --sample 40)
  run(whole ${tiny} --out "${out}/${system}-whole")
  run(first ${tiny} --out "${out}/${system}" --stop-at 7)
  run(rest ${tiny} --out "${out}/${system}" --threads 1)
  if(NOT first MATCHES "step 7 of 20.*The same command goes on")
    message(FATAL_ERROR "${system} did not stop:\n${first}")
  endif()
  string(REGEX MATCH "[0-9.]+ bits per byte held out, all of it.*" expected "${whole}")
  string(REGEX MATCH "[0-9.]+ bits per byte held out, all of it.*" found "${rest}")
  if(NOT found STREQUAL expected OR expected STREQUAL "")
    message(FATAL_ERROR "${system} ended with\n${found}\nand without a stop with\n${expected}")
  endif()
  run(ignored "${program}" generate --model "${out}/${system}" --prompt In --max-tokens 5)
endforeach()

execute_process(COMMAND ${tiny} --out "${out}/transxssm" ERROR_VARIABLE error OUTPUT_QUIET RESULT_VARIABLE code)
if(code EQUAL 0 OR NOT error MATCHES "is the state of another training:")
  message(FATAL_ERROR "jamba went on with a training of transxssm: ${error}")
endif()
