// SPDX-License-Identifier: GPL-2.0-only
#include "checker/relacy/host.hpp"

#include <cstdlib>
#include <ostream>
#include <sstream>
#include <streambuf>

#include "checker/relacy/include_relacy.hpp"

#ifdef __SANITIZE_ADDRESS__
// Relacy replaces operator new, but not every delete. A fiber is left in the middle when its
// execution ends, so a fake stack would never be given back.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() {
  return "alloc_dealloc_mismatch=0:detect_stack_use_after_return=0";
}
#endif

namespace checker::relacy {
namespace {

client* active = nullptr;

/// Where Relacy keeps the registers of the running context's fibers.
fiber_t* fibers[max_threads];

/// Swallows what Relacy prints: progress, and results that the client reports itself.
class null_buffer : public std::streambuf {
 protected:
  int overflow(int character) override { return character; }
};

/// The member in which Relacy keeps the running thread. It is protected; but access is not checked
/// in an explicit instantiation.
auto running_thread();
template <auto Member>
struct member_of_context {
  friend auto running_thread() { return Member; }
};
template struct member_of_context<&rl::context::threadx_>;

template <int Threads>
struct suite : rl::test_suite<suite<Threads>, Threads> {
  void thread(unsigned index);
};

template <int Threads>
class scheduler : public rl::scheduler<scheduler<Threads>, rl::scheduler_thread_info, Threads> {
 public:
  using base = rl::scheduler<scheduler, rl::scheduler_thread_info, Threads>;
  using shared_context_t = typename base::shared_context_t;
  struct task_t {};

  scheduler(rl::test_params& params, shared_context_t& context, rl::thread_id_t dynamic_threads)
      : base(params, context, dynamic_threads) {}

  rl::thread_id_t iteration_begin_impl() { return active->begin_execution(); }
  bool iteration_end_impl() { return active->end_execution(); }
  rl::thread_id_t schedule_impl(rl::unpark_reason& reason, unsigned /*yield*/) {
    reason = rl::unpark_reason_normal;
    return active->next_thread();
  }
  // Relacy also asks whether to defer a free(), which never happens: the client keeps memory.
  unsigned rand_impl(unsigned /*limit*/, rl::sched_type type) {
    return type == rl::sched_type_atomic_load ? active->look_back() : 0;
  }
  void thread_finished_impl() {}
  void purge_blocked_threads() {}
  void on_thread_block(rl::thread_id_t /*thread*/, bool /*yield*/) {}
  rl::iteration_t iteration_count_impl() { return 1; }
  void get_state_impl(std::ostream& /*out*/) {}
  void set_state_impl(std::istream& /*in*/) {}
};

/// Relacy's context, with its allocator taken out: its headers replace the global operator new, and
/// ask the context for memory. Everything in this program lives on the ordinary heap.
template <int Threads>
class context final : public rl::context_impl<suite<Threads>, scheduler<Threads>> {
 public:
  using base = rl::context_impl<suite<Threads>, scheduler<Threads>>;
  using base::base;
  void* alloc(std::size_t size) override { return std::malloc(size == 0 ? 1 : size); }
  void free(void* memory) override { std::free(memory); }
  using base::alloc;
  using base::free;
};

template <int Threads>
void suite<Threads>::thread(unsigned index) {
  fibers[index] = &(rl::ctx().*running_thread())->fiber_;
  active->run_thread(static_cast<int>(index));
}

/// One context per number of threads, kept for the life of the process: Relacy never frees fibers.
template <int Threads>
void simulate_with() {
  struct environment {
    environment() : out(&buffer) {
      params.output_stream = &out;
      params.progress_stream = &out;
      params.execution_depth_limit = ~0U;
      // Decides nothing but how far a load may look back: with this one, as far as Relacy can.
      params.search_type = rl::random_scheduler_type;
      current = new context<Threads>(params, shared);
      handle = rl::context_holder<>::instance_;  // the constructor's doing
      rl::context_holder<>::instance_ = nullptr;
    }
    null_buffer buffer;
    std::ostream out;
    rl::test_params params;
    typename scheduler<Threads>::shared_context_t shared;
    context<Threads>* current;
    rl::context* handle;  // the same object; its base class is private
  };
  static auto* const kept = new environment;
  rl::context_holder<>::instance_ = kept->handle;
  std::ostringstream state_out;
  std::istringstream state_in;
  kept->current->simulate(state_out, state_in, false);
  rl::context_holder<>::instance_ = nullptr;
}

}  // namespace

void simulate(client& what, int threads) {
  using simulator = void (*)();
  static constexpr simulator simulators[max_threads + 1] = {
      nullptr,          simulate_with<1>, simulate_with<2>, simulate_with<3>, simulate_with<4>,
      simulate_with<5>, simulate_with<6>, simulate_with<7>, simulate_with<8>};
  if (active != nullptr || threads < 1 || threads > max_threads) std::abort();
  active = &what;
  simulators[threads]();
  active = nullptr;
}

void park(int thread, void (*away)(void*), void* argument) {
  // What Relacy does itself when it leaves a fiber (switch_to_fiber), but for where it goes then.
  if (_setjmp(fibers[thread]->jmp) == 0) away(argument);
}

void switch_thread() { rl::ctx().sched(); }

}  // namespace checker::relacy
