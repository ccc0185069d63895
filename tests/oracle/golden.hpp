// Numbers worked out independently of this program (METHODS A1.2, B4, C1, G), copied here so that a fresh clone has
// them.
#pragma once

#include <vector>

namespace balassa::golden {

// A threshold at which every positive value is present, so that a 0/1 matrix given as values is its own presence.
inline constexpr double kAnyPositive = 1e-9;

// L18's Table 1 (METHODS A1.2).
inline const std::vector<double> kTable1{1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1};
inline const std::vector<double> kTable1Eigenvalues{1.0, 0.5421337131789163, 0.19015430156561006, 0.10104531858880732};
inline const std::vector<double> kTable1Eci{-0.07535308897542724, -1.6029160656860542, 0.747788201914631,
                                            0.9304809527468503};
inline const std::vector<double> kTable1EciSample{-0.06525768930634909, -1.3881660330183287, 0.6476035795083577,
                                                  0.8058201428163202};
inline const std::vector<double> kTable1Pci{-0.19407269404491695, -1.6029160656860542, 0.5650954510824118,
                                            0.9304809527468503};
inline const std::vector<double> kTable1PciOwn{-0.12229683157496976, -1.5735910844176966, 0.6597463594158963,
                                               1.0361415565767702};
inline const std::vector<double> kTable1PciSample{-0.16807188322378303, -1.3881660330183287, 0.48938701620039515,
                                                  0.8058201428163202};
inline const std::vector<double> kTable1PciOwnSample{-0.10591216294627068, -1.3627698542744284, 0.571357107308465,
                                                     0.8973249099122341};
inline constexpr double kTable1CorrEciDiversity = 0.10649747289726275;
inline constexpr double kTable1CorrPciUbiquity = 0.40956981992445457;
inline constexpr double kTable1Reflection = -0.11113550378835962;

// The 5 x 6 economy (METHODS B4).
inline const std::vector<double> kToy{60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                      30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43};
inline const std::vector<double> kToyPresence{1, 1, 1, 0, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1,
                                              1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1};
inline const std::vector<double> kToyRca{2.114285714285714,
                                         1.3909774436090225,
                                         1.112781954887218,
                                         0.8618012422360248,
                                         1.3214285714285714,
                                         0.16726943942133815,
                                         0.6727272727272727,
                                         2.124401913875598,
                                         1.5933014354066986,
                                         1.0968379446640317,
                                         0.6306818181818182,
                                         0.15966628308400463,
                                         0.35238095238095235,
                                         0.0,
                                         1.112781954887218,
                                         1.7236024844720497,
                                         1.3214285714285714,
                                         1.3381555153707052,
                                         0.0,
                                         0.0,
                                         0.3651315789473684,
                                         0.7540760869565217,
                                         0.8671875,
                                         2.634493670886076,
                                         0.0,
                                         0.5842105263157895,
                                         0.0,
                                         0.24130434782608695,
                                         0.0,
                                         3.020886075949367};
inline const std::vector<double> kToyEigenvalues{1.0, 0.6985291624149997, 0.28441722710559925, 0.12816472159051207};
inline const std::vector<double> kToyEci{1.0830629377967087, 0.9674210860158663, 0.3130246694014574,
                                         -1.1817543466070164, -1.1817543466070164};
inline const std::vector<double> kToyPci{1.3472132433693922, 1.2644379935995487, 0.9245727544530986,
                                         0.7132525099949517, 0.7960277597647955, -1.1817543466070164};
inline const std::vector<double> kToyPciOwn{0.8288456316154457,  0.7312879724942125, 0.3307279350434378,
                                            0.08166908675743352, 0.1792267458786669, -2.1517573717891967};

// Six regions x eight P1 products, and the rest of their baskets (METHODS A2 step 3).
inline const std::vector<double> kTypologyP1{40, 2, 1, 1, 1, 1, 1, 1, 6, 6, 6, 5, 5, 4, 4, 4, 3,  3, 3, 3, 3, 3, 3, 3,
                                             30, 0, 0, 0, 1, 0, 0, 0, 2, 2, 1, 1, 1, 1, 0, 0, 12, 1, 1, 0, 0, 0, 0, 0};
inline const std::vector<double> kTypologyRest{20, 60, 90, 100, 60, 70};
// 10^4 times the sum over P1 of squared shares in the whole basket (METHODS A2, reading A of F2).
inline const std::vector<double> kTypologyHhiBasket{
    3481.8339100346016, 206.0, 55.40166204986151, 525.027679039683, 25.95155709342561, 206.91609977324262};

}  // namespace balassa::golden
